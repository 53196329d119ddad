using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sluice.Core.Configuration;

/// <summary>An address under a listener's name: where the broker listens, or where clients are told to connect.</summary>
/// <param name="Name">The listener's name, in upper case.</param>
/// <param name="Host">A host name or address without brackets; empty for every interface.</param>
/// <param name="Port">The port; 0 for any free one.</param>
public sealed record ListenerEndpoint(string Name, string Host, int Port)
{
    /// <summary>Reads NAME://host:port, where an IPv6 address stands in brackets.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenerEndpoint? endpoint)
    {
        endpoint = null;
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        int colon = text.LastIndexOf(':');
        if (scheme <= 0 || colon < scheme + 3) return false;
        string host = text[(scheme + 3)..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':')) return false;
        if (host.AsSpan().ContainsAny("/[] \t")) return false;
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)) return false;
        endpoint = new(text[..scheme].ToUpperInvariant(), host, port);
        return true;
    }

    /// <summary>The text that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => Host.Contains(':') ? $"{Name}://[{Host}]:{Port}" : $"{Name}://{Host}:{Port}";
}
