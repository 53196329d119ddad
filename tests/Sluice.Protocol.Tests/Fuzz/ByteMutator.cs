using System.Buffers.Binary;

namespace Sluice.Protocol.Tests.Fuzz;

/// <summary>Damages an encoding in the ways that find mistakes: lengths at their ends, parts gone, doubled or foreign.</summary>
internal sealed class ByteMutator(Random random)
{
    private const int LengthMax = 1 << 20;

    private static readonly int[] Numbers = [int.MinValue, -2, -1, 0, 1, 2, 127, 128, 255, 256, short.MaxValue, 65535, 65536, 1 << 20, int.MaxValue - 1, int.MaxValue];

    public byte[] Mutate(byte[] bytes, byte[] foreign)
    {
        var damaged = new List<byte>(bytes);
        for (int times = random.Next(1, 5); times > 0 && damaged.Count < LengthMax; times--) One(damaged, foreign);
        return [.. damaged];
    }

    private void One(List<byte> bytes, byte[] foreign)
    {
        int at = random.Next(bytes.Count + 1);
        int length = random.Next(1, 9);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, Math.Min(length, bytes.Count - at));
                break;
            case 3:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4:
                Overwrite(bytes, at, Number(random.Next(2) == 0 ? sizeof(short) : sizeof(int)));
                break;
            case 5:
                Overwrite(bytes, at, Varint((uint)Numbers[random.Next(Numbers.Length)]));
                break;
            case 6:
                bytes.InsertRange(at, Varint((uint)Numbers[random.Next(Numbers.Length)]));
                break;
            case 7:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 200), bytes.Count - at)));
                break;
            default:
                int from = random.Next(foreign.Length + 1);
                bytes.InsertRange(at, foreign.AsSpan(from, Math.Min(random.Next(200), foreign.Length - from)).ToArray());
                break;
        }
    }

    private byte[] Number(int width)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, Numbers[random.Next(Numbers.Length)]);
        return bytes[^width..];
    }

    private static void Overwrite(List<byte> bytes, int at, byte[] with)
    {
        for (int i = 0; i < with.Length && at + i < bytes.Count; i++) bytes[at + i] = with[i];
    }

    private static byte[] Varint(uint value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
