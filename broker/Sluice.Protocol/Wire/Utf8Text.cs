using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Sluice.Protocol.Wire;

/// <summary>Reads text as Java does, so that malformed names are the same to all brokers and tools.</summary>
internal static class Utf8Text
{
    private const byte SurrogateLead = 0xED;

    /// <summary>
    /// Replaces what is malformed with U+FFFD. Java and .NET agree on how many, but for an encoded surrogate (ED A0..BF), which .NET
    /// replaces byte by byte and Java as a whole.
    /// </summary>
    public static string Decode(ReadOnlySpan<byte> utf8) =>
        utf8.Contains(SurrogateLead) && !Utf8.IsValid(utf8) ? DecodeMalformed(utf8) : Encoding.UTF8.GetString(utf8);

    private static string DecodeMalformed(ReadOnlySpan<byte> utf8)
    {
        var text = new StringBuilder(utf8.Length);
        while (!utf8.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(utf8, out Rune rune, out int consumed);
            if (status != OperationStatus.Done && utf8.Length >= 2 && utf8[0] == SurrogateLead && IsContinuation(utf8[1]))
                consumed = utf8.Length >= 3 && IsContinuation(utf8[2]) ? 3 : 2;
            text.Append(rune);
            utf8 = utf8[consumed..];
        }
        return text.ToString();
    }

    private static bool IsContinuation(byte b) => (b & 0xC0) == 0x80;
}
