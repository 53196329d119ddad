using System.Globalization;
using System.Text.Json.Serialization;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes.Models;

/// <summary>A number or a text, such as a port by number or by name, or a count or a percentage.</summary>
[JsonConverter(typeof(IntOrStringConverter))]
public readonly struct IntOrString : IEquatable<IntOrString>
{
    private readonly string? _text;
    private readonly int _number;

    /// <summary>Holds a number.</summary>
    public IntOrString(int number) => _number = number;

    /// <summary>Holds a text, also when it looks like a number.</summary>
    public IntOrString(string text) => _text = text;

    /// <summary>The text, or null when it is a number.</summary>
    public string? Text => _text;

    /// <summary>The number, or null when it is a text.</summary>
    public int? Number => _text is null ? _number : null;

    /// <summary>Holds a number.</summary>
    public static implicit operator IntOrString(int number) => new(number);

    /// <summary>Holds a text.</summary>
    public static implicit operator IntOrString(string text) => new(text);

    /// <summary>Compares kind and value.</summary>
    public static bool operator ==(IntOrString left, IntOrString right) => left.Equals(right);

    /// <summary>Compares kind and value.</summary>
    public static bool operator !=(IntOrString left, IntOrString right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(IntOrString other) => _text == other._text && _number == other._number;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IntOrString other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_text, _number);

    /// <summary>The text, or the number's digits.</summary>
    public override string ToString() => _text ?? _number.ToString(CultureInfo.InvariantCulture);
}
