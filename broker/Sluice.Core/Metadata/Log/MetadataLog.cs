using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol.Batches;
using Sluice.Storage.Logs;
using Sluice.Storage.Producers;

namespace Sluice.Core.Metadata.Log;

/// <summary>What an append to the metadata log took.</summary>
/// <param name="FirstOffset">The offset of the first record.</param>
/// <param name="LastOffset">The offset of the last record.</param>
/// <param name="Bytes">The size of the batch.</param>
/// <param name="TimestampMs">The timestamp of the records.</param>
internal readonly record struct MetadataAppend(long FirstOffset, long LastOffset, int Bytes, long TimestampMs);

/// <summary>
/// The metadata log while this node leads it. In a quorum of one, what is flushed is committed. One thread uses it, shard 0's.
/// </summary>
internal sealed class MetadataLog
{
    // Read in pieces: a log of any size takes little memory to replay.
    private const int ReplayBytes = 1 << 20;

    private readonly PartitionLog _log;

    public MetadataLog(PartitionLog log, int epoch)
    {
        _log = log;
        Epoch = epoch;
    }

    /// <summary>The epoch under which this node leads.</summary>
    public int Epoch { get; }

    public bool IsFailed => _log.IsFailed;

    public PartitionLog Log => _log;

    /// <summary>Appends records as one batch.</summary>
    /// <exception cref="Sluice.Storage.Disk.DiskException">The write failed and was undone.</exception>
    public MetadataAppend Append(IReadOnlyList<ChangeRecord> records, long nowMs) =>
        Append(MetadataBatches.Write(records, nowMs, _log.LogEndOffset, Epoch), nowMs);

    /// <summary>Appends a whole batch.</summary>
    public MetadataAppend Append(byte[] batch, long nowMs)
    {
        AppendInfo info = _log.Append(batch, Epoch, nowMs, AppendOrigin.Coordinator);
        return new(info.FirstOffset, info.LastOffset, info.Bytes, nowMs);
    }

    public FlushTicket? BeginFlush() => _log.BeginFlush();

    public void CompleteFlush(FlushTicket ticket, long nowMs) => _log.CompleteFlush(ticket, nowMs);

    public bool Close(long nowMs) => _log.Close(clean: true, nowMs);

    /// <summary>Replays what follows an image.</summary>
    /// <param name="log">The log.</param>
    /// <param name="image">The image that the log's records apply to, from the offset after its own.</param>
    /// <param name="delta">Takes the changes.</param>
    /// <exception cref="MetadataCorruptException">Records are missing, damaged, or cannot be replayed.</exception>
    public static ReplayEnd Replay(PartitionLog log, MetadataImage image, MetadataDelta delta)
    {
        var end = new ReplayEnd(image.Offset, image.Epoch, 0, 0);
        while (end.Offset + 1 < log.LogEndOffset)
        {
            LogSlice slice = log.Read(end.Offset + 1, ReplayBytes)
                ?? throw new MetadataCorruptException($"the metadata log begins at offset {log.LogStartOffset}, but no snapshot reaches to there: the last one ends before {end.Offset + 1}");
            byte[] bytes = slice.Records.ToArray();
            slice.Records.Release();
            ReplayEnd before = end;
            end = Replay(bytes, end, delta);
            if (end.Offset == before.Offset) throw new MetadataCorruptException($"the metadata log cannot be read at offset {end.Offset + 1}");
        }
        return end;
    }

    private static ReplayEnd Replay(byte[] bytes, ReplayEnd end, MetadataDelta delta)
    {
        RecordBatches.Enumerator batches = RecordBatches.Split(bytes);
        while (batches.MoveNext())
        {
            RecordBatch batch = batches.Current;
            // A snapshot may end within what the log still has; whole batches are applied, so none is ever cut in two by it.
            if (batch.LastOffset <= end.Offset) continue;
            if (batch.BaseOffset != end.Offset + 1)
                throw new MetadataCorruptException($"the metadata log has a gap: offset {end.Offset + 1} is missing before {batch.BaseOffset}");
            BatchError error = batch.Validate();
            if (error != BatchError.None) throw new MetadataCorruptException($"the metadata batch at offset {batch.BaseOffset} is damaged: {error}");
            if (!batch.IsControl) MetadataBatches.Replay(batch, delta);
            end = new(batch.LastOffset, batch.PartitionLeaderEpoch, batch.MaxTimestamp, end.Bytes + batch.SizeInBytes);
        }
        return end;
    }
}

/// <summary>How far a replay came.</summary>
/// <param name="Offset">The last offset; -1 for none.</param>
/// <param name="Epoch">The leader epoch of the last batch; -1 for none.</param>
/// <param name="TimestampMs">The timestamp of the last batch.</param>
/// <param name="Bytes">Bytes of what was replayed.</param>
internal readonly record struct ReplayEnd(long Offset, int Epoch, long TimestampMs, long Bytes);
