using System.Buffers.Binary;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Sluice.Client.Producing;

/// <summary>Writes the header of a producer's batch in front of its records (record batch format, magic 2).</summary>
internal static class BatchHeader
{
    private const int LengthAt = 8;
    private const int LeaderEpochAt = 12;
    private const int MagicAt = 16;
    private const int CrcAt = 17;
    private const int AttributesAt = RecordBatch.CrcCoversFrom;
    private const int LastOffsetDeltaAt = 23;
    private const int BaseTimestampAt = 27;
    private const int MaxTimestampAt = 35;
    private const int ProducerIdAt = 43;
    private const int ProducerEpochAt = 51;
    private const int BaseSequenceAt = 53;
    private const int RecordCountAt = 57;

    /// <summary>Writes all but the producer's fields and the checksum.</summary>
    public static void Write(Span<byte> batch, CompressionCodec codec, int count, long baseTimestamp, long maxTimestamp)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch, 0);
        BinaryPrimitives.WriteInt32BigEndian(batch[LengthAt..], batch.Length - RecordBatch.LengthOverhead);
        BinaryPrimitives.WriteInt32BigEndian(batch[LeaderEpochAt..], -1);
        batch[MagicAt] = RecordBatch.CurrentMagic;
        BinaryPrimitives.WriteInt16BigEndian(batch[AttributesAt..], (short)codec);
        BinaryPrimitives.WriteInt32BigEndian(batch[LastOffsetDeltaAt..], count - 1);
        BinaryPrimitives.WriteInt64BigEndian(batch[BaseTimestampAt..], baseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[MaxTimestampAt..], maxTimestamp);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordCountAt..], count);
    }

    /// <summary>Writes the producer's fields and then the checksum.</summary>
    public static void Seal(Span<byte> batch, long producerId, short epoch, int sequence)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch[ProducerIdAt..], producerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[ProducerEpochAt..], epoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[BaseSequenceAt..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcAt..], Crc32C.Compute(batch[AttributesAt..]));
    }
}
