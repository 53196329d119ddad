using System.Buffers.Binary;
using System.Text;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Compatibility.Differential;

/// <summary>Record batches, good and bad, for cases.</summary>
internal static class Batches
{
    public static byte[] Of(
        World world, string[] values, long at = -500, CompressionCodec codec = CompressionCodec.None, bool keys = true, long producerId = -1, short epoch = -1,
        int sequence = -1, bool control = false, bool transactional = false)
    {
        using var builder = new RecordBatchBuilder
        {
            Codec = codec, ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = sequence, IsControl = control, IsTransactional = transactional,
        };
        foreach (string value in values) builder.Append(world.At(at), keys ? Encoding.UTF8.GetBytes("k" + value) : null, Encoding.UTF8.GetBytes(value));
        return builder.Build();
    }

    /// <summary>Changes bytes of a batch, and its checksum so that it fits, unless that is what should be wrong.</summary>
    public static byte[] With(byte[] batch, Action<byte[]> change, bool crc = true)
    {
        change(batch);
        if (crc) BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(21)));
        return batch;
    }
}
