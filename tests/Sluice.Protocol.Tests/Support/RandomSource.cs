using System.Text;
using Sluice.Protocol.Generator.Model;

namespace Sluice.Protocol.Tests.Support;

/// <summary>Fills messages from a seed, with a taste for the ends of each type.</summary>
internal sealed class RandomSource(int seed, int elementsMax = 3) : IValueSource
{
    private static readonly string[] Texts = ["", "a", "topic", "é", "漢字", "\U0001f600", "x\0y", new string('m', 41), new string('n', 43), new string('é', 126), new string('q', 20_000)];

    private readonly Random _random = new(seed);

    public bool IsNull(FieldSchema field) => _random.Next(4) == 0;

    public int Count(FieldSchema field) => _random.Next(elementsMax + 1);

    public object Scalar(FieldKind kind) => kind switch
    {
        FieldKind.Bool => _random.Next(2) == 0,
        FieldKind.Int8 => (sbyte)Number(sbyte.MinValue, sbyte.MaxValue),
        FieldKind.Int16 => (short)Number(short.MinValue, short.MaxValue),
        FieldKind.UInt16 => (ushort)Number(ushort.MinValue, ushort.MaxValue),
        FieldKind.Int32 => (int)Number(int.MinValue, int.MaxValue),
        FieldKind.UInt32 => (uint)Number(uint.MinValue, uint.MaxValue),
        FieldKind.Int64 => Number(long.MinValue, long.MaxValue),
        FieldKind.Float64 => _random.Next(4) switch { 0 => 0.0, 1 => double.MaxValue, 2 => double.NegativeInfinity, _ => _random.NextDouble() },
        FieldKind.Uuid => new Uuid((ulong)_random.NextInt64(), (ulong)_random.NextInt64()),
        FieldKind.String => Text(),
        FieldKind.Bytes => new ReadOnlyMemory<byte>(Bytes()),
        FieldKind.Records => new Records(Bytes()),
        _ => throw new InvalidOperationException($"no random {kind}"),
    };

    private long Number(long low, long high) => _random.Next(5) switch
    {
        0 => low,
        1 => high,
        2 => 0,
        3 => Math.Clamp(_random.Next(-2, 200), low, high),
        _ => _random.NextInt64(low, high),
    };

    private string Text()
    {
        if (_random.Next(3) == 0) return Texts[_random.Next(Texts.Length)];
        var text = new StringBuilder();
        for (int i = _random.Next(12); i > 0; i--) text.Append((char)_random.Next('a', 'z' + 1));
        return text.ToString();
    }

    private byte[] Bytes()
    {
        byte[] bytes = new byte[_random.Next(8) == 0 ? _random.Next(20_000) : _random.Next(40)];
        _random.NextBytes(bytes);
        return bytes;
    }
}
