using System.Globalization;
using Sluice.Protocol.Generator.Model;

namespace Sluice.Protocol.Generator.Emit;

/// <summary>Tests of the local <c>version</c>, as short as the versions that can occur allow.</summary>
internal static class Conditions
{
    public const string Never = "false";

    /// <summary>Null when every version of <paramref name="reach"/> is in the range, <see cref="Never"/> when none is.</summary>
    public static string? In(VersionRange range, VersionRange reach)
    {
        VersionRange both = range.Intersect(reach);
        if (both.IsEmpty) return Never;
        if (both.Equals(reach)) return null;
        if (both.Low == both.High) return "version == " + Text(both.Low);
        if (both.Low == reach.Low) return "version <= " + Text(both.High);
        if (both.High == reach.High) return "version >= " + Text(both.Low);
        return $"version is >= {Text(both.Low)} and <= {Text(both.High)}";
    }

    /// <summary>The opposite of <see cref="In"/>: null when no version of the reach is in the range.</summary>
    public static string? NotIn(VersionRange range, VersionRange reach)
    {
        VersionRange both = range.Intersect(reach);
        if (both.IsEmpty) return null;
        if (both.Equals(reach)) return Never;
        if (both.Low == reach.Low) return "version > " + Text(both.High);
        if (both.High == reach.High) return "version < " + Text(both.Low);
        return $"version is < {Text(both.Low)} or > {Text(both.High)}";
    }

    /// <summary>An expression rather than a statement's condition: <c>true</c> instead of null.</summary>
    public static string Value(string? condition) => condition ?? "true";

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);
}
