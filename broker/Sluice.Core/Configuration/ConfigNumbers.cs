using System.Globalization;

namespace Sluice.Core.Configuration;

/// <summary>Numbers of values that have been checked.</summary>
internal static class ConfigNumbers
{
    public static long Long(string value) => long.Parse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);

    public static int Int(string value) => checked((int)Long(value));
}
