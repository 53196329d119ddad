using System.Globalization;

namespace Sluice.Client;

/// <summary>Host and port of a broker.</summary>
/// <param name="Host">A name or an IP address; an IPv6 address is written without brackets here.</param>
/// <param name="Port">1 to 65535.</param>
public readonly record struct BrokerAddress(string Host, int Port)
{
    /// <summary>Reads a comma-separated list as clients know it from <c>bootstrap.servers</c>.</summary>
    /// <exception cref="FormatException">An entry is not <c>host:port</c>; the message names it.</exception>
    public static IReadOnlyList<BrokerAddress> ParseList(string list)
    {
        var addresses = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Parse).ToList();
        return addresses.Count > 0 ? addresses : throw new FormatException("the list of bootstrap servers is empty: give at least one host:port");
    }

    /// <summary>Reads <c>host:port</c> or <c>[ipv6]:port</c>.</summary>
    /// <exception cref="FormatException">The text is something else; the message says what is expected.</exception>
    public static BrokerAddress Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon <= 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port is < 1 or > 65535)
        {
            throw new FormatException($"'{text}' is not a broker address: expected host:port with a port from 1 to 65535");
        }

        string host = text[..colon];
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!bracketed && host.Contains(':', StringComparison.Ordinal))
        {
            throw new FormatException($"'{text}' is not a broker address: write an IPv6 address as [address]:port");
        }

        return new BrokerAddress(bracketed ? host[1..^1] : host, port);
    }

    /// <summary><c>host:port</c>, an IPv6 address in brackets.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
