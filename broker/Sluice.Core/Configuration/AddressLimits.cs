using System.Globalization;
using System.Net;

namespace Sluice.Core.Configuration;

/// <summary>Reads <c>max.connections.per.ip.overrides</c>: pairs of an address and a number, <c>10.0.0.7:200,[::1]:5</c>.</summary>
public static class AddressLimits
{
    /// <summary>The pairs, hosts as they are written.</summary>
    /// <param name="list">The setting's value.</param>
    /// <param name="wrong">The first item that is no pair; null when all are.</param>
    public static List<(string Host, int Count)> Parse(string list, out string? wrong)
    {
        var pairs = new List<(string, int)>();
        wrong = null;
        foreach (string item in ConfigList.Split(list))
        {
            int colon = item.LastIndexOf(':');
            if (colon > 0 && int.TryParse(item.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count)) pairs.Add((item[..colon].Trim('[', ']'), count));
            else wrong ??= item;
        }
        return pairs;
    }

    /// <summary>What is wrong with a value that is set at run time, when no host name is resolved; null when nothing is.</summary>
    public static string? CheckAtRunTime(string list)
    {
        List<(string Host, int Count)> pairs = Parse(list, out string? wrong);
        if (wrong is not null) return $"max.connections.per.ip.overrides: '{wrong}' is not address:count. Write it as 10.0.0.7:200.";
        string? name = pairs.Find(p => !IPAddress.TryParse(p.Host, out _)).Host;
        return name is null ? null : $"max.connections.per.ip.overrides: {name} is not an address, and names are resolved only at the start of a broker. Write its address.";
    }
}
