using System.Globalization;

namespace Sluice.Protocol.Generator.Model;

/// <summary>A contiguous set of versions, as schemas write it: <c>none</c>, <c>3</c>, <c>0-12</c>, or <c>9+</c> for no upper end.</summary>
internal readonly struct VersionRange : IEquatable<VersionRange>
{
    public static readonly VersionRange None = new(0, -1);
    public static readonly VersionRange All = new(0, short.MaxValue);

    public VersionRange(int low, int high)
    {
        Low = low;
        High = high;
    }

    public int Low { get; }

    public int High { get; }

    public bool IsEmpty => High < Low;

    public bool IsOpen => High == short.MaxValue;

    public bool Contains(int version) => version >= Low && version <= High;

    public bool Contains(VersionRange other) => other.IsEmpty || (other.Low >= Low && other.High <= High);

    public VersionRange Intersect(VersionRange other)
    {
        var range = new VersionRange(Math.Max(Low, other.Low), Math.Min(High, other.High));
        return range.IsEmpty ? None : range;
    }

    /// <summary>The smallest range that holds both; what lies between them is included.</summary>
    public VersionRange Hull(VersionRange other) =>
        IsEmpty ? other : other.IsEmpty ? this : new VersionRange(Math.Min(Low, other.Low), Math.Max(High, other.High));

    public static bool TryParse(string text, out VersionRange range)
    {
        range = None;
        if (text == "none") return true;
        if (text.EndsWith("+", StringComparison.Ordinal))
        {
            if (!TryNumber(text.Substring(0, text.Length - 1), out int from)) return false;
            range = new VersionRange(from, short.MaxValue);
            return true;
        }
        int dash = text.IndexOf('-');
        if (!TryNumber(dash < 0 ? text : text.Substring(0, dash), out int low)) return false;
        int high = low;
        if (dash >= 0 && !TryNumber(text.Substring(dash + 1), out high)) return false;
        range = new VersionRange(low, high);
        return high >= low;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < short.MaxValue;

    public override string ToString() =>
        IsEmpty ? "none"
        : IsOpen ? Low.ToString(CultureInfo.InvariantCulture) + "+"
        : Low == High ? Low.ToString(CultureInfo.InvariantCulture)
        : Low.ToString(CultureInfo.InvariantCulture) + "-" + High.ToString(CultureInfo.InvariantCulture);

    public bool Equals(VersionRange other) => (IsEmpty && other.IsEmpty) || (Low == other.Low && High == other.High);

    public override bool Equals(object? obj) => obj is VersionRange other && Equals(other);

    public override int GetHashCode() => IsEmpty ? 0 : (Low * 40503) ^ High;
}
