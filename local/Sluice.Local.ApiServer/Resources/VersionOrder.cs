using System.Globalization;
using System.Text.RegularExpressions;

namespace Sluice.Local.ApiServer.Resources;

/// <summary>Kubernetes' order of versions: v2, v1, v2beta1, v1beta1, v1alpha1, then anything else by name.</summary>
internal sealed partial class VersionOrder : IComparer<string>
{
    public static readonly VersionOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        var (a, b) = (Rank(x!), Rank(y!));
        if (a is null || b is null)
            return a is null && b is null ? string.CompareOrdinal(x, y) : a is null ? 1 : -1;
        return b.Value.CompareTo(a.Value);
    }

    private static (int Stage, int Major, int Minor)? Rank(string version)
    {
        var match = Pattern().Match(version);
        if (!match.Success)
            return null;
        var stage = match.Groups[2].Value switch { "" => 3, "beta" => 2, _ => 1 };
        return (stage, Number(match.Groups[1].Value), Number(match.Groups[3].Value));
    }

    private static int Number(string text) => int.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : 0;

    [GeneratedRegex("^v([1-9][0-9]{0,8})(?:(alpha|beta)([1-9][0-9]{0,8}))?$")]
    private static partial Regex Pattern();
}
