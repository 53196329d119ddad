using System.Buffers.Binary;
using System.Text;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Hostile.Tests.Fuzz;

/// <summary>Record batches: sound ones, and ones that lie in a field, in their length, in their body, with a checksum that says all is well.</summary>
internal sealed class BatchForge(Random random)
{
    private const int LengthAt = 8, MagicAt = 16, CrcAt = 17, AttributesAt = 21, LastOffsetDeltaAt = 23, ProducerIdAt = 43, BaseSequenceAt = 53, CountAt = 57;
    private const int CompressedBytesMax = 40_000;

    private static readonly int[] Numbers = [int.MinValue, -2, -1, 0, 1, 2, 100, 65536, int.MaxValue - 1, int.MaxValue];

    /// <summary>What goes into a records field.</summary>
    public byte[] Next() => random.Next(10) switch
    {
        0 => [],
        1 => Noise(random.Next(200)),
        2 => [.. Sound(), .. Sound()],
        3 => Cut(Sound()),
        4 or 5 => Sound(),
        6 => Compressed(),
        _ => Lying(),
    };

    /// <summary>A batch that any broker takes.</summary>
    public byte[] Sound()
    {
        using var builder = new RecordBatchBuilder { Codec = (CompressionCodec)random.Next(5) };
        if (random.Next(4) == 0)
        {
            builder.ProducerId = random.Next(3);
            builder.ProducerEpoch = 0;
            builder.BaseSequence = random.Next(3);
        }
        for (int i = random.Next(1, 8); i > 0; i--)
            builder.Append(1_700_000_000_000 + random.Next(1000), random.Next(3) == 0 ? default : Encoding.UTF8.GetBytes($"key {random.Next(20)}"), Noise(random.Next(60)));
        return builder.Build();
    }

    /// <summary>A batch whose body claims a codec and is what it likes: noise, cut, or far more than it seems.</summary>
    private byte[] Compressed()
    {
        var codec = (CompressionCodec)random.Next(1, 5);
        byte[] body = random.Next(4) switch
        {
            0 => Noise(random.Next(300)),
            1 => Cut(Compress(codec, new byte[random.Next(1, 2_000_000)])),
            2 => Compress(codec, Noise(random.Next(1000))),
            _ => Compress(codec, new byte[random.Next(1, 6_000_000)]),
        };
        byte[] batch = [.. Sound().AsSpan(0, RecordBatch.HeaderSize), .. body.AsSpan(0, Math.Min(body.Length, CompressedBytesMax))];
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(AttributesAt), (short)codec);
        return Sealed(batch);
    }

    private byte[] Lying()
    {
        byte[] batch = Sound();
        for (int lies = random.Next(1, 4); lies > 0; lies--)
        {
            int number = Numbers[random.Next(Numbers.Length)];
            switch (random.Next(8))
            {
                case 0: BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(CountAt), number); break;
                case 1: BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(LastOffsetDeltaAt), number); break;
                case 2: BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(AttributesAt), (short)random.Next(short.MinValue, short.MaxValue)); break;
                case 3: BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(ProducerIdAt), number); break;
                case 4: BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(BaseSequenceAt), number); break;
                case 5: batch[MagicAt] = (byte)random.Next(4); break;
                case 6: batch[random.Next(batch.Length)] ^= (byte)(1 << random.Next(8)); break;
                default: batch[RecordBatch.HeaderSize + random.Next(batch.Length - RecordBatch.HeaderSize)] = (byte)random.Next(256); break;
            }
        }
        if (random.Next(8) != 0) batch = Sealed(batch);
        if (random.Next(8) == 0) BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(LengthAt), Numbers[random.Next(Numbers.Length)]);
        return batch;
    }

    /// <summary>Makes length and checksum right, so that the lie is found by what it is and not by them.</summary>
    private static byte[] Sealed(byte[] batch)
    {
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(LengthAt), batch.Length - RecordBatch.LengthOverhead);
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(CrcAt), Crc32C.Compute(batch.AsSpan(AttributesAt)));
        return batch;
    }

    private static byte[] Compress(CompressionCodec codec, byte[] content)
    {
        using var compressed = new PooledBuffer();
        Codecs.Compress(codec, content, compressed);
        return compressed.WrittenSpan.ToArray();
    }

    private byte[] Cut(byte[] bytes) => bytes[..random.Next(bytes.Length + 1)];

    private byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
