using System.Globalization;

namespace Sluice.Protocol.Generator.Schema;

/// <summary>Numbers in schemas: decimal, or hexadecimal after <c>0x</c>.</summary>
internal static class Numbers
{
    public static bool TryParse(string text, out long number) =>
        text.StartsWith("0x", StringComparison.Ordinal)
            ? long.TryParse(text.Substring(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
