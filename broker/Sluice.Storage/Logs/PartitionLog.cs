using Sluice.Storage.Cleaning;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Producers;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>
/// The log of one partition on one disk. Used by one thread, its owner, except where a member says otherwise; takes the time
/// from the caller and waits for nothing but the disk.
/// </summary>
/// <remarks>
/// A write that fails half-way leaves the log as it was. After a failure that puts its content in doubt (an I/O error, a failed
/// flush) the log is <see cref="IsFailed"/> for good: reads go on, writes throw <see cref="DiskException"/>.
/// </remarks>
public sealed class PartitionLog
{
    private readonly LogState _state;
    private readonly LogAppender _appender;
    private readonly LogDeletion _deletion;
    private readonly LogFlusher _flusher;
    private readonly CleaningHandover _cleaning;

    private PartitionLog(LogState state, long nowMs)
    {
        _state = state;
        _appender = new LogAppender(state);
        _deletion = new LogDeletion(state);
        _flusher = new LogFlusher(state, nowMs);
        _cleaning = new CleaningHandover(state, _deletion);
    }

    /// <summary>What opening found.</summary>
    public RecoveryReport Recovery { get; private init; } = null!;

    /// <summary>The partition's directory.</summary>
    public string Directory => _state.Directory;

    /// <summary>The settings; changed ones hold from the next step on.</summary>
    public LogConfig Config
    {
        get => _state.Config;
        set => _state.Config = value;
    }

    /// <summary>First offset that may be read.</summary>
    public long LogStartOffset => _state.LogStartOffset;

    /// <summary>The offset that the next record gets; what is staged does not count yet.</summary>
    public long LogEndOffset => _state.LogEndOffset;

    /// <summary>All below this offset is flushed.</summary>
    public long RecoveryPoint => _state.RecoveryPoint;

    /// <summary>Base offset of the segment that takes the appends.</summary>
    public long ActiveSegmentBaseOffset => _state.Active.BaseOffset;

    /// <summary>Number of segments.</summary>
    public int SegmentCount => _state.Segments.Count;

    /// <summary>Bytes of all segments.</summary>
    public long SizeInBytes
    {
        get
        {
            long size = 0;
            foreach (LogSegment segment in _state.Segments)
                size += segment.Size;
            return size;
        }
    }

    /// <summary>Leader epoch of the last batch or of the last <see cref="AssignEpoch"/>, -1 for none.</summary>
    public int LatestEpoch => _state.Epochs.Latest;

    /// <summary>Idempotent and transactional producers of this partition.</summary>
    public ProducerStateManager Producers => _state.Producers;

    /// <summary>Whether the log takes no writes any more.</summary>
    public bool IsFailed => _state.Failure is not null;

    /// <summary>Why the log takes no writes any more, or null.</summary>
    public DiskException? Failure => _state.Failure;

    /// <summary>Opens a partition directory, made when missing, and recovers it when it was not closed cleanly.</summary>
    /// <param name="files">Open files of the owner's shard. Recovery uses them: to recover on another thread give it its own and <see cref="AttachTo"/> the owner's afterwards.</param>
    /// <param name="directory">The partition's directory.</param>
    /// <param name="config">The settings.</param>
    /// <param name="options">What the log directory's checkpoints say.</param>
    /// <exception cref="DiskException">The disk refused, or holds what this version cannot read.</exception>
    public static PartitionLog Open(OpenFiles files, string directory, LogConfig config, LogOpenOptions options)
    {
        var state = new LogState(files, directory, config);
        try
        {
            RecoveryReport report = new LogLoader(state, options).Load();
            return new PartitionLog(state, options.NowMs) { Recovery = report };
        }
        catch
        {
            foreach (LogSegment segment in state.Segments)
                segment.Close();
            throw;
        }
    }

    /// <summary>Closes what is open and uses another shard's files from here on.</summary>
    public void AttachTo(OpenFiles files)
    {
        CloseFiles();
        _state.Files = files;
    }

    /// <summary>Appends as the leader: assigns offsets and leader epoch in place and writes once.</summary>
    /// <param name="batches">Whole, validated batches back to back; at most one of each producer id. Base offsets and leader epochs are overwritten.</param>
    /// <param name="leaderEpoch">The leader's epoch.</param>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    /// <param name="origin">Where the batches come from.</param>
    /// <exception cref="DiskException">The write failed and was undone, or the log failed before.</exception>
    /// <exception cref="ArgumentException">The bytes are not whole batches.</exception>
    public AppendInfo Append(Span<byte> batches, int leaderEpoch, long nowMs, AppendOrigin origin = AppendOrigin.Client) =>
        _appender.Append(batches, leaderEpoch, nowMs, origin);

    /// <summary>Appends what the leader sent, with its offsets and epochs; checks the batches' checksums.</summary>
    /// <inheritdoc cref="Append"/>
    public AppendInfo AppendAsFollower(Span<byte> batches, long nowMs) => _appender.Append(batches, -1, nowMs, AppendOrigin.Replication);

    /// <summary>
    /// As <see cref="Append"/>, but the write waits for <see cref="WriteStaged"/>, so that the appends of one turn of a loop go out
    /// as one. Until then nothing of it can be read or flushed.
    /// </summary>
    /// <param name="batches">As for <see cref="Append"/>; the memory must stay as it is until <see cref="WriteStaged"/>.</param>
    /// <param name="leaderEpoch">The leader's epoch.</param>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    /// <param name="origin">Where the batches come from.</param>
    /// <exception cref="DiskException">As for <see cref="WriteStaged"/>: rolling writes what is staged.</exception>
    public AppendInfo Stage(Memory<byte> batches, int leaderEpoch, long nowMs, AppendOrigin origin = AppendOrigin.Client) =>
        _appender.Stage(batches, leaderEpoch, nowMs, origin);

    /// <summary>Whether something waits for <see cref="WriteStaged"/>.</summary>
    public bool HasStaged => _appender.HasStaged;

    /// <summary>Writes all that is staged, in one operation where the system can.</summary>
    /// <exception cref="DiskException">The write failed: what is staged is dropped, and is in the log only as far as it lies below <see cref="LogEndOffset"/>.</exception>
    public void WriteStaged() => _appender.WriteStaged();

    /// <summary>Finds the batches from <paramref name="offset"/> on.</summary>
    /// <param name="offset">Where to begin, between log start and log end.</param>
    /// <param name="maxBytes">Most bytes; the last batch may be cut there.</param>
    /// <param name="upToOffset">Exclusive bound: high watermark, last stable offset, or <see cref="long.MaxValue"/>.</param>
    /// <param name="minOneBatch">Whether the first batch comes whole even if it is larger than <paramref name="maxBytes"/>.</param>
    /// <param name="mayWait">
    /// Whether the read may wait for the device. Otherwise one that would have to answers with <see cref="LogSlice.Cold"/>.
    /// </param>
    /// <returns>Null when the offset is out of range (OFFSET_OUT_OF_RANGE).</returns>
    /// <exception cref="DiskException">The disk refused, or no valid batch is where one must be.</exception>
    public LogSlice? Read(long offset, int maxBytes, long upToOffset = long.MaxValue, bool minOneBatch = true, bool mayWait = true) =>
        LogReader.Read(_state, offset, maxBytes, upToOffset, minOneBatch, mayWait);

    /// <summary>The first record that is not older than <paramref name="timestamp"/> (milliseconds since 1970), or null. Waits and decodes.</summary>
    public TimestampOffset? OffsetForTimestamp(long timestamp) => new TimestampSearch(timestamp, mayWait: true).ToEnd(_state);

    /// <summary>The first record with the greatest timestamp of the log, or null when there is none. Waits and decodes.</summary>
    public TimestampOffset? OffsetOfMaxTimestamp() => new TimestampSearch(null, mayWait: true).ToEnd(_state);

    /// <summary>Begins a search by time, or goes on with it; true when it is over. Otherwise <see cref="TimestampSearch.Execute"/> is to run first.</summary>
    /// <exception cref="DiskException">The disk refused, or no valid batch is where one must be.</exception>
    public bool Continue(TimestampSearch search) => search.Continue(_state);

    /// <summary>Where the batches of a leader epoch end (OffsetForLeaderEpoch).</summary>
    public EpochEnd EndOffsetForEpoch(int epoch) => _state.Epochs.EndOffset(epoch, _state.LogEndOffset);

    /// <summary>The leader epoch of the batch at <paramref name="offset"/>, -1 when unknown.</summary>
    public int EpochAt(long offset) => _state.Epochs.EpochAt(offset);

    /// <summary>Notes that this broker leads with <paramref name="epoch"/> from the log's end on.</summary>
    public void AssignEpoch(int epoch)
    {
        WriteStaged();
        _state.EnsureUsable();
        _state.Changed = true;
        _state.Epochs.Assign(epoch, _state.LogEndOffset);
    }

    /// <summary>The aborted transactions that a reader of offsets from <paramref name="fromOffset"/> to <paramref name="upToOffset"/> (exclusive) must know.</summary>
    public List<AbortedTransaction> AbortedTransactions(long fromOffset, long upToOffset) => LogReader.AbortedTransactions(_state, fromOffset, upToOffset);

    /// <summary>Whether <c>flush.messages</c> or <c>flush.ms</c> ask for a flush, or a segment was finished since the last one.</summary>
    public bool ShouldFlush(long nowMs) => nowMs >= NextFlushMs;

    /// <summary>When <see cref="ShouldFlush"/> becomes true by time alone; <see cref="long.MaxValue"/> for never, <see cref="long.MinValue"/> for now.</summary>
    public long NextFlushMs => _flusher.NextMs;

    /// <summary>Whether a flush is under way.</summary>
    public bool IsFlushing => _flusher.IsUnderWay;

    /// <summary>
    /// Begins a flush of all that was written. The ticket is to be executed on a background thread and completed here; what is
    /// appended meanwhile waits for the next one.
    /// </summary>
    /// <returns>Null when all is flushed or a flush is under way.</returns>
    /// <exception cref="DiskException">The log failed before, or a file that must be flushed cannot be opened.</exception>
    public FlushTicket? BeginFlush() => _flusher.Begin();

    /// <summary>Takes the result of a flush: moves the recovery point, or fails the log for good.</summary>
    /// <exception cref="DiskException">The flush failed; no record that was not flushed before may be promised any more.</exception>
    public void CompleteFlush(FlushTicket ticket, long nowMs) => _flusher.Complete(ticket, nowMs);

    /// <summary>Flushes here and now.</summary>
    /// <exception cref="DiskException">As for <see cref="CompleteFlush"/>.</exception>
    public void Flush(long nowMs)
    {
        WriteStaged();
        if (BeginFlush() is not { } ticket)
            return;
        ticket.Execute();
        CompleteFlush(ticket, nowMs);
    }

    /// <summary>Closes the active segment and begins one at the log's end.</summary>
    public void Roll(long nowMs) => _appender.Roll(nowMs);

    /// <summary>Cuts the log so that it ends at <paramref name="offset"/>, or at the beginning of the batch that holds it.</summary>
    public void TruncateTo(long offset, long nowMs)
    {
        WriteStaged();
        if (offset >= _state.LogEndOffset)
            return;
        _cleaning.Cancel();
        LogTruncation.TruncateTo(_state, _deletion, offset, nowMs);
    }

    /// <summary>Drops all and begins anew at <paramref name="offset"/>, as a follower must whose leader's log starts after its own end.</summary>
    public void TruncateFullyAndStartAt(long offset, long nowMs)
    {
        WriteStaged();
        _cleaning.Cancel();
        LogTruncation.StartAt(_state, _deletion, offset, nowMs);
    }

    /// <summary>Moves the first readable offset forward (DeleteRecords). Segments that end before it go with the next <see cref="DeleteOldSegments"/>.</summary>
    /// <returns>Whether it moved.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The offset lies beyond the log's end.</exception>
    public bool AdvanceLogStartOffset(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, _state.LogEndOffset);
        if (offset <= _state.LogStartOffset)
            return false;
        _state.LogStartOffset = offset;
        _state.Changed = true;
        _state.Epochs.TruncateFromStart(offset);
        return true;
    }

    /// <summary>How many of the oldest segments <see cref="DeleteOldSegments"/> would take now.</summary>
    public int CountDeletableSegments(long nowMs, long highWatermark) => _deletion.CountDeletable(nowMs, highWatermark);

    /// <summary>Takes the segments out of the log that retention or the log start offset leave no room for; their files go later, by <see cref="TakeDeletion"/>.</summary>
    /// <returns>Number of segments.</returns>
    public int DeleteOldSegments(long nowMs, long highWatermark)
    {
        WriteStaged();
        int count = _deletion.CountDeletable(nowMs, highWatermark);
        if (count == 0 || IsFailed)
            return 0;
        _cleaning.Cancel();
        if (count == _state.Segments.Count)
            Roll(nowMs);
        long start = _state.Segments[count].BaseOffset;
        // First the offset, then the files: nobody may be sent to a segment that is gone.
        AdvanceLogStartOffset(Math.Max(start, _state.LogStartOffset));
        _deletion.RemoveOldest(count, nowMs);
        return count;
    }

    /// <summary>
    /// By how many milliseconds a record's timestamp lies beyond <paramref name="timestamp"/>, in the oldest segment that has such a record; 0 when none
    /// is known. Retention by time keeps that segment, and with it all that come after it, for so much longer.
    /// </summary>
    public long OldestAheadOf(long timestamp) => _deletion.OldestAheadOf(timestamp);

    /// <summary>When the next deletion of files is due; <see cref="long.MaxValue"/> for none.</summary>
    public long NextDeletionMs => _deletion.NextDueMs;

    /// <summary>Files whose deletion is due, to be executed on a background thread; null when there are none.</summary>
    public SegmentDeletion? TakeDeletion(long nowMs) => _deletion.TakeDue(nowMs);

    /// <summary>Whether a cleaning is under way.</summary>
    public bool IsCleaning => _cleaning.IsUnderWay;

    /// <summary>What a cleaning would look at now.</summary>
    /// <param name="cleanedUpTo">The cleaner's checkpoint for the log; null when it has none.</param>
    /// <param name="stableEnd">The last stable offset, at most the high watermark.</param>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    /// <exception cref="DiskException">An index could not be read.</exception>
    public CleanableRange FindCleanable(long? cleanedUpTo, long stableEnd, long nowMs) => LogCleanability.Find(_state, cleanedUpTo, stableEnd, nowMs);

    /// <summary>Begins to clean a range that <see cref="FindCleanable"/> has just found.</summary>
    /// <exception cref="InvalidOperationException">A cleaning is under way.</exception>
    /// <exception cref="DiskException">The log failed before.</exception>
    public LogCleaning BeginCleaning(in CleanableRange range, CleaningLimits limits, long nowMs) => _cleaning.Begin(range, limits, nowMs);

    /// <summary>Puts the segment that a cleaning has finished in the place of those that it was made from. Changes names only; waits for no flush.</summary>
    /// <returns>False when those are not all in the log any more: the cleaning is cancelled, and its next step ends it.</returns>
    /// <exception cref="DiskException">The disk refused; the log has failed.</exception>
    public bool SwapCleaned(LogCleaning cleaning, long nowMs) => _cleaning.TrySwap(cleaning, nowMs);

    /// <summary>Takes back a cleaning that has ended.</summary>
    public void EndCleaning(LogCleaning cleaning) => _cleaning.End(cleaning);

    /// <summary>Closes files and maps; they open again on demand.</summary>
    public void CloseFiles()
    {
        foreach (LogSegment segment in _state.Segments)
            segment.Close();
    }

    /// <summary>
    /// Ends the use of the log. A clean close writes and flushes all, so that the next start need not check the batches; without
    /// it (or on a failed log) the files are only closed.
    /// </summary>
    /// <returns>Whether the log was closed cleanly.</returns>
    /// <exception cref="DiskException">A clean close could not write all.</exception>
    public bool Close(bool clean, long nowMs)
    {
        _cleaning.Cancel();
        try
        {
            _flusher.CompleteExecuted(nowMs);
            return clean && LogClosing.Run(_state, _appender, _flusher, nowMs);
        }
        finally
        {
            CloseFiles();
        }
    }

    /// <summary>
    /// The first half of a clean close, for many logs at once: writes and closes all, but waits for no flush. What the log holds is durable
    /// after an <see cref="IDisk.TrySyncAll"/> that comes later; then <see cref="EndClose"/>.
    /// </summary>
    /// <returns>False when the log cannot be closed cleanly; it is closed nevertheless.</returns>
    /// <exception cref="DiskException">Not all could be written.</exception>
    public bool BeginClose(long nowMs)
    {
        _cleaning.Cancel();
        try
        {
            _flusher.CompleteExecuted(nowMs);
            return LogClosing.TryWriteAll(_state, _appender, _flusher);
        }
        finally
        {
            CloseFiles();
        }
    }

    /// <summary>The second half of a clean close: takes the result of the flush of all.</summary>
    /// <param name="isDurable">Whether it succeeded. If not, that is noted beside the log, for the next start.</param>
    public void EndClose(bool isDurable) => LogClosing.End(_state, isDurable);

    /// <summary>Whether anything was written since the log was opened, so that a clean close has to wait for the disk.</summary>
    public bool IsChanged => _state.Changed;

    /// <summary>Closes the log and renames its directory, so that the partition's name is free while the files wait for their deletion.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition's number.</param>
    /// <param name="uniqueId">Makes the name unique: a uuid without dashes.</param>
    /// <returns>The directory's new path, for <see cref="LogDirectory.DeletePartition"/> after <c>file.delete.delay.ms</c>.</returns>
    public string Delete(string topic, int partition, string uniqueId)
    {
        _cleaning.Cancel();
        CloseFiles();
        string parent = DiskExtensions.Parent(_state.Directory);
        string target = $"{parent}/{LogFileNames.Deleting(topic, partition, uniqueId)}";
        _state.Disk.Rename(_state.Directory, target);
        _state.Disk.SyncDirectory(parent);
        _state.Directory = target;
        _state.Fail(new DiskException(DiskErrorKind.Failed, target, "the partition is deleted"));
        return target;
    }
}
