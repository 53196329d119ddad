using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Sluice.Core.Metadata.Log;

/// <summary>Metadata records as record batches, and control records of the quorum as control batches.</summary>
internal static class MetadataBatches
{
    /// <summary>One batch of records, which a crash keeps whole or not at all.</summary>
    public static byte[] Write(IEnumerable<ChangeRecord> records, long timestampMs, long baseOffset, int epoch)
    {
        using var builder = new RecordBatchBuilder { BaseOffset = baseOffset, PartitionLeaderEpoch = epoch };
        foreach (ChangeRecord record in records)
            builder.Append(timestampMs, null, MetadataRecordTable.ToFramed(record.Record, record.Version));
        return builder.Build();
    }

    /// <summary>A control batch of one record.</summary>
    public static byte[] WriteControl(ControlRecordType type, IMessage value, long timestampMs, long baseOffset, int epoch)
    {
        using var builder = new RecordBatchBuilder { IsControl = true, BaseOffset = baseOffset, PartitionLeaderEpoch = epoch };
        byte[] key = new byte[ControlRecord.KeySize];
        ControlRecord.WriteKey(key, type);
        builder.Append(timestampMs, key, value.ToBytes(0));
        return builder.Build();
    }

    /// <summary>The control record that begins a leader's epoch in a quorum of one.</summary>
    public static byte[] WriteLeaderChange(int nodeId, long timestampMs, long baseOffset, int epoch) => WriteControl(
        ControlRecordType.LeaderChange,
        new LeaderChangeMessage { LeaderId = nodeId, Voters = [new() { VoterId = nodeId }], GrantingVoters = [new() { VoterId = nodeId }] },
        timestampMs, baseOffset, epoch);

    /// <summary>Replays the records of a batch that is no control batch.</summary>
    /// <exception cref="MetadataCorruptException">The batch or a record cannot be read, or cannot be replayed.</exception>
    public static void Replay(RecordBatch batch, MetadataDelta delta)
    {
        if (batch.Codec != Sluice.Protocol.Compression.CompressionCodec.None)
            throw new MetadataCorruptException($"the metadata batch at offset {batch.BaseOffset} is compressed, which metadata never is");
        var reader = new RecordReader(batch.Body, batch.RecordCount);
        while (reader.TryRead(out Record record))
        {
            try
            {
                delta.Replay(MetadataRecordTable.ReadFramed(record.Value, out _));
            }
            catch (Exception e) when (e is ProtocolException or MetadataCorruptException)
            {
                throw new MetadataCorruptException($"metadata record at offset {batch.BaseOffset + record.OffsetDelta}: {e.Message}");
            }
        }
        if (reader.Error != BatchError.None)
            throw new MetadataCorruptException($"the metadata batch at offset {batch.BaseOffset} is damaged: {reader.Error}");
    }
}
