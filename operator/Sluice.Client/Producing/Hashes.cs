using System.Buffers.Binary;

namespace Sluice.Client.Producing;

/// <summary>The hash functions by which other clients choose partitions, bit for bit.</summary>
internal static class Hashes
{
    private static readonly uint[] Crc32Table = BuildCrc32Table();

    /// <summary>MurmurHash2 with Kafka's seed, as in the Java client (org.apache.kafka.common.utils.Utils.murmur2).</summary>
    public static int Murmur2(ReadOnlySpan<byte> data)
    {
        const uint Seed = 0x9747b28c;
        const uint M = 0x5bd1e995;
        const int R = 24;
        uint h = Seed ^ (uint)data.Length;
        while (data.Length >= 4)
        {
            uint k = BinaryPrimitives.ReadUInt32LittleEndian(data);
            k *= M;
            k ^= k >> R;
            k *= M;
            h *= M;
            h ^= k;
            data = data[4..];
        }

        if (data.Length >= 3) h ^= (uint)data[2] << 16;
        if (data.Length >= 2) h ^= (uint)data[1] << 8;
        if (data.Length >= 1)
        {
            h ^= data[0];
            h *= M;
        }

        h ^= h >> 13;
        h *= M;
        h ^= h >> 15;
        return (int)h;
    }

    /// <summary>CRC-32 (IEEE 802.3), as librdkafka's "consistent" partitioners use it.</summary>
    public static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data) crc = Crc32Table[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    /// <summary>FNV-1a of 32 bits, made positive as librdkafka and Sarama do.</summary>
    public static uint Fnv1a(ReadOnlySpan<byte> data)
    {
        uint h = 0x811C9DC5;
        foreach (byte value in data)
        {
            h ^= value;
            h *= 0x01000193;
        }

        return (int)h < 0 ? (uint)-(int)h : h;
    }

    private static uint[] BuildCrc32Table()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            table[i] = crc;
        }

        return table;
    }
}
