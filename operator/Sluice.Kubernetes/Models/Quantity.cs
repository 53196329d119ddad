using System.Globalization;
using System.Text.Json.Serialization;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes.Models;

/// <summary>
/// An amount of a resource: <c>100m</c>, <c>1.5</c>, <c>2Gi</c>, <c>1e3</c>. Keeps the text that it was given, so that an object
/// written back is unchanged; compares by amount.
/// </summary>
[JsonConverter(typeof(QuantityConverter))]
public readonly struct Quantity : IEquatable<Quantity>, IComparable<Quantity>
{
    private static readonly (string Suffix, decimal Factor)[] Suffixes =
    [
        ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40), ("Pi", 1L << 50), ("Ei", 1L << 60),
        ("n", 0.000_000_001m), ("u", 0.000_001m), ("m", 0.001m),
        ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("E", 1e18m),
    ];

    private readonly string? _text;
    private readonly decimal _value;

    private Quantity(string text, decimal value)
    {
        _text = text;
        _value = value;
    }

    /// <summary>The amount in the resource's unit: bytes, cores.</summary>
    public decimal Value => _value;

    /// <summary>Reads an amount.</summary>
    /// <exception cref="FormatException">The text is no quantity; the message names it.</exception>
    public static Quantity Parse(string text) =>
        TryParse(text, out Quantity quantity) ? quantity : throw new FormatException($"'{text}' is not a quantity: expected a number with one of the suffixes n u m k M G T P E Ki Mi Gi Ti Pi Ei.");

    /// <summary>Reads an amount; false when the text is none or is larger than 7.9e28.</summary>
    public static bool TryParse(string? text, out Quantity quantity)
    {
        quantity = default;
        if (string.IsNullOrEmpty(text) || text.Length > 64) return false;
        string number = text;
        decimal factor = 1;
        foreach ((string suffix, decimal value) in Suffixes)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)) continue;
            number = text[..^suffix.Length];
            factor = value;
            break;
        }
        const NumberStyles Plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        // An exponent takes the place of a suffix.
        if (!decimal.TryParse(number, factor == 1 ? Plain | NumberStyles.AllowExponent : Plain, CultureInfo.InvariantCulture, out decimal parsed)) return false;
        if (Math.Abs(parsed) > decimal.MaxValue / Math.Max(factor, 1)) return false;
        quantity = new Quantity(text, parsed * factor);
        return true;
    }

    /// <summary>A whole number of bytes, cores or pieces.</summary>
    public static implicit operator Quantity(long value) => new(value.ToString(CultureInfo.InvariantCulture), value);

    /// <summary>Reads an amount, as <see cref="Parse"/> does.</summary>
    public static implicit operator Quantity(string text) => Parse(text);

    /// <summary>Compares amounts.</summary>
    public static bool operator ==(Quantity left, Quantity right) => left.Equals(right);

    /// <summary>Compares amounts.</summary>
    public static bool operator !=(Quantity left, Quantity right) => !left.Equals(right);

    /// <summary>Compares amounts.</summary>
    public static bool operator <(Quantity left, Quantity right) => left._value < right._value;

    /// <summary>Compares amounts.</summary>
    public static bool operator >(Quantity left, Quantity right) => left._value > right._value;

    /// <summary>Compares amounts.</summary>
    public static bool operator <=(Quantity left, Quantity right) => left._value <= right._value;

    /// <summary>Compares amounts.</summary>
    public static bool operator >=(Quantity left, Quantity right) => left._value >= right._value;

    /// <inheritdoc/>
    public int CompareTo(Quantity other) => _value.CompareTo(other._value);

    /// <inheritdoc/>
    public bool Equals(Quantity other) => _value == other._value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Quantity other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode();

    /// <summary>The text that was given.</summary>
    public override string ToString() => _text ?? "0";
}
