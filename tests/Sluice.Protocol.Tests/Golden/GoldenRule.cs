using System.Text;
using Sluice.Protocol.Generator.Model;
using Sluice.Protocol.Tests.Support;

namespace Sluice.Protocol.Tests.Golden;

/// <summary>The rules by which GoldenBytes.java fills messages: the n-th value set is a function of n and its type.</summary>
internal sealed class GoldenRule(string variant) : IValueSource
{
    private int _n;

    public bool IsNull(FieldSchema field) => variant == "empty" || (variant == "nulls" && field.Struct is null);

    public int Count(FieldSchema field) => variant == "full" ? 2 : variant == "nulls" && field.Struct is not null ? 1 : 0;

    public object Scalar(FieldKind kind)
    {
        int i = ++_n;
        return kind switch
        {
            FieldKind.Bool => i % 2 == 0,
            FieldKind.Int8 => unchecked((sbyte)((i * 31) + 7)),
            FieldKind.Int16 => unchecked((short)((i * 2713) + 11)),
            FieldKind.UInt16 => unchecked((ushort)((i * 4001) + 5)),
            FieldKind.Int32 => unchecked((i * 0x01234567) + i),
            FieldKind.UInt32 => unchecked((uint)((i * 0x01234567L) + i)),
            FieldKind.Int64 => unchecked((i * 0x0123456789ABCDEFL) + i),
            FieldKind.Float64 => (i * 1.5) + 0.25,
            FieldKind.Uuid => new Uuid(unchecked((ulong)i * 0x9E3779B97F4A7C15), unchecked((ulong)~i)),
            FieldKind.String => Text(i),
            FieldKind.Bytes => new ReadOnlyMemory<byte>(Bytes(i)),
            FieldKind.Records => new Records(Bytes(i)),
            _ => throw new InvalidOperationException($"no rule for {kind}"),
        };
    }

    private string Text(int i)
    {
        if (variant == "empty") return "";
        var text = new StringBuilder().Append('s').Append(i);
        if (i % 11 == 5) text.Append('x', 130);
        else if (i % 3 == 0) text.Append("\u00e9\u6f22\U0001f600");
        return text.ToString();
    }

    private byte[] Bytes(int i)
    {
        byte[] bytes = new byte[variant == "empty" ? 0 : i % 11 == 5 ? 200 : (i % 5) + 1];
        for (int at = 0; at < bytes.Length; at++) bytes[at] = (byte)(i + at);
        return bytes;
    }
}
