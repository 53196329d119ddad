using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Cleaning;

/// <summary>
/// One cleaning of one log (compaction): learns the last offset of each key of the dirty part, then writes each group of finished
/// segments again without the records that a later one has made worthless. Appends go on meanwhile.
/// </summary>
/// <remarks>
/// Begun by the log's owner with <see cref="PartitionLog.BeginCleaning"/>; <see cref="Step"/> runs on any one thread at a time, in slices
/// between which whoever drives it may wait; at <see cref="CleaningStep.SwapDue"/> the owner calls <see cref="PartitionLog.SwapCleaned"/>
/// and steps go on; at the end, whatever it is, the owner calls <see cref="PartitionLog.EndCleaning"/>.
/// </remarks>
public sealed class LogCleaning : IDisposable
{
    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly LogConfig _config;
    private readonly CleaningLimits _limits;
    private readonly CleanableRange _range;
    private readonly Dictionary<long, LastProducerBatch> _producers;
    private readonly List<SegmentSource> _finished = [];
    private readonly List<string> _transactionIndexes = [];
    private readonly long _nowMs;
    private IEnumerator<CleaningStep>? _work;
    private byte[] _readBuffer = [];
    private byte[] _writeBuffer = [];
    private CleanedSegment? _cleaned;
    private long _bytesOfStep;
    private bool _isCancelled;
    private bool _isAbandoned;

    internal LogCleaning(LogState log, in CleanableRange range, CleaningLimits limits, long nowMs)
    {
        _disk = log.Files.SharedDisk;
        _directory = log.Directory;
        _config = log.Config;
        _limits = limits;
        _range = range;
        _nowMs = nowMs;
        Truncations = log.Truncations;
        _producers = LastProducerBatch.Of(log.Producers);
        for (int i = 0; i < log.Segments.Count; i++)
        {
            LogSegment segment = log.Segments[i];
            _transactionIndexes.Add(segment.PathOf(LogFileNames.TransactionIndex));
            if (i + 1 < log.Segments.Count && segment.BaseOffset < range.FirstUncleanableOffset)
                _finished.Add(new SegmentSource(segment, segment.BaseOffset, segment.Size, log.Segments[i + 1].BaseOffset, _directory));
        }
        EndOffset = range.FirstDirtyOffset;
    }

    /// <summary>Where the next cleaning begins: the cleaner's new checkpoint, once <see cref="CleaningStep.Finished"/>.</summary>
    public long EndOffset { get; private set; }

    /// <summary>What was cleaned.</summary>
    public CleanableRange Range => _range;

    /// <summary>What was done so far.</summary>
    public CleaningStatistics Statistics { get; } = new();

    /// <summary>Bytes that the last step read and wrote.</summary>
    public long BytesOfStep => _bytesOfStep;

    internal int Truncations { get; }

    /// <summary>The segments whose place <see cref="Cleaned"/> is to take.</summary>
    internal List<SegmentSource> Group { get; private set; } = [];

    /// <summary>The finished segment that is to be swapped in.</summary>
    internal CleanedSegment Cleaned => _cleaned ?? throw new InvalidOperationException("No segment waits to be swapped in.");

    internal bool IsCancelled => Volatile.Read(ref _isCancelled);

    /// <summary>Has the next step end the cleaning. May be called on any thread.</summary>
    public void Cancel() => Volatile.Write(ref _isCancelled, true);

    /// <summary>
    /// Has the next step end the cleaning and leave every file as it is, after a swap that failed half-way: what is still
    /// <c>.cleaned</c> tells the next start that the old segments are all there.
    /// </summary>
    internal void Abandon()
    {
        _isAbandoned = true;
        Cancel();
    }

    /// <summary>Goes on until <paramref name="bytesMax"/> bytes are read and written, or the owner has to act.</summary>
    /// <exception cref="DiskException">The disk refused, or with <see cref="DiskErrorKind.Corrupt"/> the log holds damaged batches. The cleaning has ended, and what it had begun is removed if the disk let it be.</exception>
    public CleaningStep Step(long bytesMax)
    {
        _bytesOfStep = 0;
        try
        {
            if (IsCancelled)
                return End(CleaningStep.Cancelled);
            _work ??= Work(bytesMax);
            CleaningStep step = _work.MoveNext() ? _work.Current : CleaningStep.Finished;
            return step == CleaningStep.Finished ? End(step) : step;
        }
        catch (DiskException) when (IsCancelled)
        {
            // The owner has taken the files away, which is why the cleaning was cancelled.
            return End(CleaningStep.Cancelled);
        }
        catch
        {
            End(CleaningStep.Cancelled);
            throw;
        }
    }

    /// <summary>Closes what is open. To be called when no step runs; a cleaning that has ended has nothing open.</summary>
    public void Dispose()
    {
        _work?.Dispose();
        _work = null;
        _readBuffer = _writeBuffer = [];
        _cleaned?.Dispose();
        _cleaned = null;
    }

    private CleaningStep End(CleaningStep step)
    {
        Dispose();
        if (step == CleaningStep.Finished || _isAbandoned)
            return step;
        try
        {
            CleanedSegment.DiscardAll(_disk, _directory);
        }
        catch (DiskException)
        {
            // The next cleaning deletes them before it begins, and a start does.
        }
        return step;
    }

    private IEnumerator<CleaningStep> Work(long bytesMax)
    {
        CleanedSegment.DiscardAll(_disk, _directory);
        _readBuffer = new byte[_limits.BufferSize];
        _writeBuffer = new byte[_limits.BufferSize];
        List<AbortedTransaction> aborted = [.. _transactionIndexes.SelectMany(path => TransactionIndex.Read(_disk, path))];
        var map = new OffsetMap(_limits.TableBytes(_range.FirstUncleanableOffset - _range.FirstDirtyOffset));
        using (IEnumerator<CleaningStep> mapping = Map(map, new CleanedTransactions(aborted), bytesMax))
        {
            while (mapping.MoveNext())
                yield return mapping.Current;
        }
        Statistics.BufferUtilization = map.Utilization;
        EndOffset = map.LatestOffset + 1;
        var transactions = new CleanedTransactions(aborted);
        using var filter = new BatchFilter(map, transactions, _producers, Statistics, _nowMs, _config.DeleteRetentionMs);
        List<SegmentSource> sources = _finished.FindAll(source => source.BaseOffset < EndOffset);
        foreach (List<SegmentSource> group in SegmentGroups.Of(_disk, sources, _config))
        {
            using IEnumerator<CleaningStep> cleaning = Clean(group, filter, transactions, bytesMax);
            while (cleaning.MoveNext())
                yield return cleaning.Current;
        }
        // The checkpoint that follows must not promise what a loss of power would take back.
        _disk.SyncDirectory(_directory);
    }

    /// <summary>Learns the last offset of each key from the first dirty offset on, as far as the map has room.</summary>
    private IEnumerator<CleaningStep> Map(OffsetMap map, CleanedTransactions transactions, long bytesMax)
    {
        map.LatestOffset = _range.FirstDirtyOffset - 1;
        int room = (int)Math.Max(1, map.Slots * _limits.LoadFactor);
        using var body = new PooledBuffer();
        foreach (SegmentSource source in _finished)
        {
            if (source.NextBaseOffset <= _range.FirstDirtyOffset)
                continue;
            string path = source.PathOf(LogFileNames.Log);
            using var reader = new SegmentBatchReader(_disk, path, source.Size, _readBuffer);
            while (reader.MoveNext())
            {
                if (!Map(reader.Current, map, transactions, room, body, path))
                    yield break;
                if (IsStepOver(reader.Current.SizeInBytes, bytesMax))
                    yield return CleaningStep.Working;
            }
            // Compaction may have left a gap before the next segment, in which there is nothing to learn.
            map.LatestOffset = source.NextBaseOffset - 1;
        }
    }

    /// <returns>Whether the map had room for all keys of the batch.</returns>
    private bool Map(in RecordBatch batch, OffsetMap map, CleanedTransactions transactions, int room, PooledBuffer body, string path)
    {
        Statistics.BytesMapped += batch.SizeInBytes;
        Statistics.RecordsMapped += batch.RecordCount;
        if (batch.IsControl)
            transactions.IsMarkerFree(batch);
        else if (!transactions.IsAborted(batch) && batch.LastOffset >= _range.FirstDirtyOffset)
        {
            var reader = new RecordReader(BatchFilter.Decode(batch, body, path), batch.RecordCount);
            while (reader.TryRead(out Record record))
            {
                long offset = batch.BaseOffset + record.OffsetDelta;
                if (record.KeyIsNull || offset < _range.FirstDirtyOffset)
                    continue;
                if (map.Count >= room)
                    return false;
                map.Put(record.Key, offset);
            }
            BatchFilter.ThrowIfMalformed(reader, batch, path);
        }
        if (batch.LastOffset >= _range.FirstDirtyOffset)
            map.LatestOffset = batch.LastOffset;
        return true;
    }

    /// <summary>Writes one group again, and has it swapped in.</summary>
    private IEnumerator<CleaningStep> Clean(List<SegmentSource> group, BatchFilter filter, CleanedTransactions transactions, long bytesMax)
    {
        _cleaned = new CleanedSegment(_disk, _directory, group[0].BaseOffset, _config, _writeBuffer);
        transactions.OnKept = _cleaned.Append;
        foreach (SegmentSource source in group)
        {
            string path = source.PathOf(LogFileNames.Log);
            using var reader = new SegmentBatchReader(_disk, path, source.Size, _readBuffer);
            while (reader.MoveNext())
            {
                int written = Clean(reader, filter, source == group[^1], path);
                if (IsStepOver(reader.Current.SizeInBytes + written, bytesMax))
                    yield return CleaningStep.Working;
            }
        }
        _cleaned.Finish(_disk.LastModifiedMs(group[^1].PathOf(LogFileNames.Log)));
        Group = group;
        yield return CleaningStep.SwapDue;
        _cleaned = null;
    }

    private int Clean(SegmentBatchReader reader, BatchFilter filter, bool isLastSource, string path)
    {
        ReadOnlySpan<byte> kept = filter.Filter(reader.Current, isLastSource && reader.IsLast, path);
        if (!kept.IsEmpty)
            _cleaned!.Append(kept);
        return kept.Length;
    }

    private bool IsStepOver(int bytes, long bytesMax)
    {
        _bytesOfStep += bytes;
        return _bytesOfStep >= bytesMax;
    }
}
