using System.Text;

namespace Sluice.Broker.Metrics;

/// <summary>Turns the names of instruments into Prometheus's: <c>dotnet.gc.collections</c> becomes <c>dotnet_gc_collections_total</c>.</summary>
internal static class PrometheusName
{
    internal static string Of(string name, string unit, bool isCounter)
    {
        var result = new StringBuilder(Clean(name));
        string suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "1" or "" => "",
            _ when unit.StartsWith('{') => "",
            _ => "_" + Clean(unit),
        };
        string plain = result.ToString();
        if (suffix.Length > 0 && !plain.EndsWith(suffix, StringComparison.Ordinal) && !plain.EndsWith(suffix + "_total", StringComparison.Ordinal))
            result.Append(suffix);
        if (isCounter && !plain.EndsWith("_total", StringComparison.Ordinal)) result.Append("_total");
        return result.ToString();
    }

    /// <summary>Letters, digits and underscores only, not beginning with a digit.</summary>
    internal static string Clean(string name)
    {
        var result = new StringBuilder(name.Length);
        foreach (char c in name) result.Append(char.IsAsciiLetterOrDigit(c) || c == '_' || c == ':' ? c : '_');
        if (result.Length > 0 && char.IsAsciiDigit(result[0])) result.Insert(0, '_');
        return result.ToString();
    }
}
