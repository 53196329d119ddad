using System.Text;

namespace Sluice.Kubernetes.Client;

/// <summary>The part of an address after the question mark.</summary>
internal sealed class QueryString
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds a parameter; null is left out.</summary>
    public void Add(string name, string? value)
    {
        if (value is null) return;
        _text.Append(_text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
