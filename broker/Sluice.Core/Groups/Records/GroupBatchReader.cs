using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Sluice.Core.Groups.Records;

/// <summary>Takes the batches of <c>__consumer_offsets</c> apart.</summary>
internal static class GroupBatchReader
{
    private const short OffsetKey = 1;
    private const short GroupKey = 2;
    private const short LegacyOffsetKey = 0;

    /// <summary>Is given a record.</summary>
    /// <param name="producerId">The producer of the transaction that the record belongs to; -1 when it belongs to none.</param>
    /// <param name="key">The key; null in the marker that ends a transaction.</param>
    /// <param name="value">The value; null in a tombstone.</param>
    /// <param name="isCommit">Whether a marker says that the transaction counts.</param>
    public delegate void Take(long producerId, IKeyedMessage? key, IKeyedMessage? value, bool isCommit);

    /// <summary>Reads the records of a batch. Keys of newer software, and of other kinds of groups, are passed over.</summary>
    /// <exception cref="ProtocolException">A record is malformed.</exception>
    /// <exception cref="CompressionException">The body is damaged.</exception>
    public static void Read(RecordBatch batch, Take take)
    {
        ReadOnlySpan<byte> body = batch.Body;
        using var plain = new PooledBuffer();
        if (batch.Codec != CompressionCodec.None)
        {
            Codecs.Decompress(batch.Codec, batch.Body, plain, new DecompressionLimit(Limits.DecompressedBatchBytesMax));
            body = plain.WrittenSpan;
        }
        long producerId = batch.IsTransactional ? batch.ProducerId : -1;
        var records = new RecordReader(body, batch.RecordCount);
        while (records.TryRead(out Record record))
        {
            if (batch.IsControl)
            {
                if (ControlRecord.TryReadType(record.Key, out ControlRecordType type) && type is ControlRecordType.Commit or ControlRecordType.Abort)
                    take(batch.ProducerId, null, null, type == ControlRecordType.Commit);
                continue;
            }
            if (!record.KeyIsNull) Read(record, producerId, take);
        }
        if (records.Error != BatchError.None) throw new ProtocolException($"the batch at offset {batch.BaseOffset} holds a malformed record");
    }

    private static void Read(in Record record, long producerId, Take take)
    {
        if (record.Key.Length < sizeof(short)) throw new ProtocolException("the key of a group's record has no number");
        short number = System.Buffers.Binary.BinaryPrimitives.ReadInt16BigEndian(record.Key);
        if (number is not (LegacyOffsetKey or OffsetKey or GroupKey) || CoordinatorRecordTable.Groups.ReadKey(record.Key) is not { } key) return;
        IKeyedMessage? value = record.ValueIsNull ? null : CoordinatorRecordTable.Groups.ReadValue(number, record.Value, out _);
        if (key is LegacyOffsetCommitKey legacy)
        {
            key = new OffsetCommitKey { Group = legacy.Group, Topic = legacy.Topic, Partition = legacy.Partition };
            if (value is LegacyOffsetCommitValue old) value = new OffsetCommitValue { Offset = old.Offset, Metadata = old.Metadata, CommitTimestamp = old.CommitTimestamp };
        }
        take(producerId, key, value, false);
    }
}
