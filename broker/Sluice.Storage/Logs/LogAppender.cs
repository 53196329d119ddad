using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Producers;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>Appends: assigns offsets, checks producers, rolls segments, writes.</summary>
internal sealed class LogAppender(LogState log)
{
    private List<ReadOnlyMemory<byte>>? _staged;
    private int _stagedBytes;
    private bool _stagedProducers;
    private bool _mustRestore;
    private bool _mustCutProducers;
    private bool _mustReload;

    public bool HasStaged => _staged is { Count: > 0 };

    /// <summary>Appends at once.</summary>
    public AppendInfo Append(Span<byte> batches, int leaderEpoch, long nowMs, AppendOrigin origin)
    {
        WriteStaged();
        AppendInfo info = Prepare(batches, leaderEpoch, nowMs, origin);
        if (info.Check == ProducerCheck.Accepted)
            Write(batches);
        return info;
    }

    /// <summary>Prepares an append that <see cref="WriteStaged"/> completes together with others.</summary>
    public AppendInfo Stage(Memory<byte> batches, int leaderEpoch, long nowMs, AppendOrigin origin)
    {
        AppendInfo info = Prepare(batches.Span, leaderEpoch, nowMs, origin);
        if (info.Check == ProducerCheck.Accepted)
        {
            (_staged ??= []).Add(batches);
            _stagedBytes += batches.Length;
        }
        return info;
    }

    /// <summary>Writes all that is staged in one go.</summary>
    public void WriteStaged()
    {
        Restore();
        if (_staged is not { Count: > 0 } staged)
            return;
        try
        {
            LogSegment active = log.Active;
            active.Log.File.Write(active.Size, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(staged));
            NoteTail(staged[0].Span);
            foreach (ReadOnlyMemory<byte> part in staged)
                Note(part.Span);
        }
        catch (DiskException e)
        {
            UndoWrite(e);
            throw;
        }
        finally
        {
            // Kept for the next turn unless it grew unusually large.
            if (staged.Count > 1024)
                _staged = null;
            else
                staged.Clear();
            _stagedBytes = 0;
            _stagedProducers = false;
        }
    }

    /// <summary>Closes the active segment and begins one at the log's end.</summary>
    public void Roll(long nowMs)
    {
        WriteStaged();
        log.EnsureUsable();
        LogSegment active = log.Active;
        if (active.Size == 0 && active.BaseOffset == log.LogEndOffset)
            return;
        try
        {
            log.Changed = true;
            active.Seal();
            LogProducers.WriteSnapshot(log, replaces: true);
            log.Segments.Add(NewSegment.Create(log, log.LogEndOffset + (PlantedFaults.Has(PlantedFault.RollOffByOne) ? 1 : 0), nowMs));
            log.ForgetPositions();
        }
        catch (DiskException e)
        {
            FailUnlessPassing(e);
            throw;
        }
    }

    private AppendInfo Prepare(Span<byte> batches, int leaderEpoch, long nowMs, AppendOrigin origin)
    {
        log.EnsureUsable();
        Restore();
        bool keepOffsets = origin == AppendOrigin.Replication;
        ProducerCheck check = Inspect(batches, origin, out Inspection seen);
        if (check != ProducerCheck.Accepted)
            return new AppendInfo { Check = check, FirstOffset = seen.FirstOffset, LastOffset = seen.LastOffset, MaxTimestamp = seen.MaxTimestamp, LogStartOffset = log.LogStartOffset };

        long lastOffset = keepOffsets ? seen.LastOffset : log.NextOffset + seen.Offsets - 1;
        bool rolls = ShouldRoll(batches.Length, seen.MaxTimestamp, lastOffset, nowMs);
        if (rolls)
            Roll(nowMs);
        log.Changed = true;
        if (!keepOffsets)
            log.Epochs.Assign(leaderEpoch, log.NextOffset);
        long firstOffset = keepOffsets ? seen.FirstOffset : log.NextOffset;
        TryAssign(batches, leaderEpoch, keepOffsets);
        return new AppendInfo
        {
            FirstOffset = firstOffset,
            LastOffset = lastOffset,
            MaxTimestamp = seen.MaxTimestamp,
            LogStartOffset = log.LogStartOffset,
            Bytes = batches.Length,
            Rolled = rolls,
        };
    }

    /// <summary>Looks through the batches before anything is changed.</summary>
    private ProducerCheck Inspect(Span<byte> batches, AppendOrigin origin, out Inspection seen)
    {
        seen = new Inspection { FirstOffset = -1, LastOffset = -1, MaxTimestamp = -1 };
        long next = log.NextOffset;
        RecordBatches.Enumerator walk = RecordBatches.Split(batches);
        while (walk.MoveNext())
        {
            RecordBatch batch = walk.Current;
            if (origin == AppendOrigin.Replication)
            {
                CheckReplicated(batch, next);
                next = batch.NextOffset;
            }
            if (batch.HasProducerId)
            {
                ProducerCheck check = log.Producers.Check(batch, origin, out long firstOffset, out long lastOffset, out long timestamp);
                if (check != ProducerCheck.Accepted)
                {
                    seen = seen with { FirstOffset = firstOffset, LastOffset = lastOffset, MaxTimestamp = timestamp };
                    return check;
                }
            }
            if (seen.FirstOffset < 0)
                seen.FirstOffset = batch.BaseOffset;
            seen.LastOffset = batch.LastOffset;
            seen.Offsets += batch.LastOffsetDelta + 1L;
            seen.MaxTimestamp = Math.Max(seen.MaxTimestamp, batch.MaxTimestamp);
        }
        if (walk.Error != BatchError.None || walk.Consumed == 0)
            throw new ArgumentException($"Whole, validated batches are needed; at {walk.Consumed} of {batches.Length} bytes: {walk.Error}.", nameof(batches));
        return ProducerCheck.Accepted;
    }

    private static void CheckReplicated(in RecordBatch batch, long next)
    {
        BatchError error = batch.Validate();
        if (error != BatchError.None)
            throw new ArgumentException($"The leader's batch at offset {batch.BaseOffset} is damaged: {error}.", nameof(batch));
        if (batch.BaseOffset < next)
            throw new ArgumentException($"The leader's batch begins at offset {batch.BaseOffset}, before the log's end at {next}.", nameof(batch));
    }

    private bool ShouldRoll(int bytes, long maxTimestamp, long lastOffset, long nowMs)
    {
        LogSegment active = log.Active;
        long size = (long)active.Size + _stagedBytes;
        if (size > (long)log.Config.SegmentBytes - bytes)
            return size > 0;
        if (lastOffset - active.BaseOffset > int.MaxValue)
            return true;
        if (size == 0)
            return false;
        // Kafka's rule: the time between the first batch and this one by their own timestamps; by the clock where they have none.
        long first = active.Size > 0 ? active.FirstTimestamp : FirstStagedTimestamp();
        long waited = first >= 0 && maxTimestamp >= 0 ? maxTimestamp - first : first >= 0 ? 0 : nowMs - active.CreatedMs;
        return waited > log.Config.RollMs - Jitter(active.BaseOffset) || active.IsIndexFull;
    }

    /// <summary>The timestamp of what will be the first batch of an empty segment: it is not in the file before the turn ends.</summary>
    private long FirstStagedTimestamp()
    {
        RecordBatches.Enumerator staged = RecordBatches.Split(_staged![0].Span);
        return staged.MoveNext() ? staged.Current.MaxTimestamp : -1;
    }

    /// <summary>A jitter that differs from segment to segment and from log to log, without a random source.</summary>
    private long Jitter(long baseOffset)
    {
        long most = Math.Min(log.Config.SegmentJitterMs, log.Config.RollMs);
        if (most <= 0)
            return 0;
        ulong hash = 14695981039346656037;
        foreach (char c in log.Directory)
            hash = (hash ^ c) * 1099511628211;
        hash = (hash ^ (ulong)baseOffset) * 1099511628211;
        return (long)((hash >> 1) % (ulong)most);
    }

    private void TryAssign(Span<byte> batches, int leaderEpoch, bool keepOffsets)
    {
        try
        {
            Assign(batches, leaderEpoch, keepOffsets);
        }
        catch (DiskException e)
        {
            // What was staged before keeps its place; of these batches, half of which may have theirs, nothing stays.
            WriteStaged();
            _stagedProducers = true;
            UndoWrite(e);
            _stagedProducers = false;
            throw;
        }
    }

    private void Assign(Span<byte> batches, int leaderEpoch, bool keepOffsets)
    {
        RecordBatches.Enumerator walk = RecordBatches.Split(batches);
        while (walk.MoveNext())
        {
            RecordBatch batch = walk.Current;
            if (keepOffsets)
                log.Epochs.Assign(batch.PartitionLeaderEpoch, batch.BaseOffset);
            else
            {
                Span<byte> bytes = batches.Slice(walk.Position, batch.SizeInBytes);
                RecordBatch.SetBaseOffset(bytes, log.NextOffset);
                RecordBatch.SetPartitionLeaderEpoch(bytes, leaderEpoch);
            }
            if (batch.HasProducerId)
            {
                _stagedProducers = true;
                if (log.Producers.Update(batch) is { } aborted)
                    TransactionIndex.Append(log.Disk, log.Active.PathOf(LogFileNames.TransactionIndex), aborted);
            }
            log.NextOffset = batch.NextOffset;
        }
    }

    private void Write(ReadOnlySpan<byte> batches)
    {
        try
        {
            LogSegment active = log.Active;
            active.Log.File.Write(active.Size, batches);
            NoteTail(batches);
            Note(batches);
        }
        catch (DiskException e)
        {
            UndoWrite(e);
            throw;
        }
        finally
        {
            _stagedProducers = false;
        }
    }

    private void Note(ReadOnlySpan<byte> batches)
    {
        LogSegment active = log.Active;
        foreach (RecordBatch batch in RecordBatches.Split(batches))
        {
            active.Note(batch.LastOffset, batch.MaxTimestamp, batch.SizeInBytes);
            log.LogEndOffset = batch.NextOffset;
        }
    }

    private void NoteTail(ReadOnlySpan<byte> batches)
    {
        var first = new RecordBatch(batches);
        log.NoteTail(new BatchLocation(log.Active.Size, first.SizeInBytes, first.BaseOffset, first.LastOffset, first.MaxTimestamp));
    }

    /// <summary>
    /// Puts the log back to where it was before a write that failed, wherever in the bytes it failed: good batches must never
    /// follow garbage. A full disk is no reason to give the log up; any other failure is.
    /// </summary>
    private void UndoWrite(DiskException reason)
    {
        FailUnlessPassing(reason);
        log.NextOffset = log.LogEndOffset;
        log.ForgetPositions();
        _mustRestore = true;
        _mustCutProducers |= _stagedProducers;
        try
        {
            Restore();
        }
        catch (DiskException)
        {
            // A file that cannot be opened now may be later: the next append tries again, and is refused until it succeeds.
        }
    }

    /// <summary>Cuts what a failed write left behind and forgets the producers' batches that it refused, before anything is written again.</summary>
    private void Restore()
    {
        if (!_mustRestore)
            return;
        try
        {
            log.Active.CutGarbage();
            // Reading the log again would take long, every time that a client tries again, and would know fewer of a producer's batches.
            _mustReload |= _mustCutProducers && !log.Producers.TryCutTo(log.LogEndOffset);
            _mustCutProducers = false;
            if (_mustReload)
            {
                TransactionIndex.TruncateTo(log.Disk, log.Active.PathOf(LogFileNames.TransactionIndex), log.LogEndOffset);
                LogProducers.Reload(log);
            }
            _mustRestore = _mustReload = false;
        }
        catch (DiskException e)
        {
            FailUnlessPassing(e);
            throw;
        }
    }

    private void FailUnlessPassing(DiskException reason)
    {
        if (!reason.Passes)
            log.Fail(reason);
    }

    private record struct Inspection(long FirstOffset, long LastOffset, long Offsets, long MaxTimestamp);
}
