using Sluice.Core.Fetching;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Producing;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;
using Sluice.Storage.Producers;

namespace Sluice.Core.Partitions;

/// <summary>
/// A partition that this broker leads: what clients append to and read from. Its log may be out of reach, because it could not be opened; it
/// is then offline until the broker restarts, and says so to every client.
/// </summary>
/// <remarks>
/// The promise of durability is the topic's. By default it is Kafka's: an acknowledged record is in the page cache, and safe from a crash
/// of the process but not from a loss of power. With <c>flush.messages=1</c> a record is acknowledged, and visible to consumers, only
/// after an fsync that covers it; all that waits at one moment shares one fsync, and at most one is under way for a log.
/// What one turn of the shard appends goes out as one write at the end of the turn; acknowledgements and reads come after it.
/// </remarks>
internal sealed class Partition
{
    private readonly PartitionFlusher _flusher;
    private PartitionLog? _log;
    private PartitionSettings _settings;
    private Acknowledgements _acknowledgements;
    private FetchWaits _fetches;
    private long _highWatermark;
    private long _bytesAppended;
    private long _bytesInFlush;
    private Queue<BatchPreparation>? _preparations;

    /// <param name="topicId">The topic.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="image">The partition's place in the metadata.</param>
    /// <param name="settings">The topic's settings.</param>
    public Partition(Uuid topicId, string topic, PartitionImage image, PartitionSettings settings)
    {
        TopicId = topicId;
        Topic = topic;
        Id = image.Id;
        LeaderEpoch = image.LeaderEpoch;
        _settings = settings;
        _flusher = new PartitionFlusher(this);
    }

    /// <summary>The topic.</summary>
    public Uuid TopicId { get; }

    /// <summary>The topic's name.</summary>
    public string Topic { get; }

    /// <summary>The partition's number.</summary>
    public int Id { get; }

    /// <summary>The leader epoch, written into every batch.</summary>
    public int LeaderEpoch { get; private set; }

    /// <summary>The topic's settings.</summary>
    public PartitionSettings Settings => _settings;

    /// <summary>Whether only brokers and administrators write to the topic.</summary>
    public bool IsInternal => InternalTopics.Contains(Topic);

    /// <summary>The log; null while the partition is offline.</summary>
    public PartitionLog? Log => _log;

    /// <summary>Makes the partition's log durable.</summary>
    public PartitionFlusher Flusher => _flusher;

    /// <summary>The offset below which consumers see records. With one replica that is the end of the log, or of what is flushed.</summary>
    public long HighWatermark => _highWatermark;

    /// <summary>The offset below which every transaction has ended and consumers see records: what compaction may look at.</summary>
    public long StableEnd => _log?.Producers.FirstUnstableOffset is { } unstable ? Math.Min(unstable, _highWatermark) : _highWatermark;

    /// <summary>Tells this partition from older ones of its name in the directory's checkpoints (<see cref="Storage.Logs.LogDirectory.LifeOf"/>).</summary>
    public int Life { get; set; }

    /// <summary>Up to where the log is cleaned; null when it never was.</summary>
    public long? CleanedUpTo { get; set; }

    /// <summary>Whether the cleaner gave the log up, because it holds damaged batches.</summary>
    public bool IsUncleanable { get; set; }

    /// <summary>Whether a record from the future keeps retention by time from the log.</summary>
    public bool IsHeldByTime { get; set; }

    /// <summary>Whether any fetch waits for appends.</summary>
    public bool HasWaitingFetches => !_fetches.IsEmpty;

    /// <summary>Whether the partition is in its table's list for the end of the turn.</summary>
    public bool IsInTurn { get; set; }

    /// <summary>Takes the opened log into use.</summary>
    public void GoOnline(Shard shard, PartitionLog log)
    {
        _log = log;
        _highWatermark = _settings.FlushesFirst ? log.RecoveryPoint : log.LogEndOffset;
        shard.Partitions.AtTurnEnd(this);
    }

    /// <summary>
    /// The disk failed under the log, so nobody knows what it holds. As in Kafka that is the failure of the whole directory, and the node has no
    /// other: it ends, and its next start recovers what is on the disk. A log that cannot be brought back then is offline alone.
    /// </summary>
    public void Fail(Shard shard, string what, DiskException error) =>
        DirectoryFailure.Halt(shard, $"{what} of {Topic}-{Id} failed", error);

    /// <summary>Marks the partition as out of reach: its log cannot be opened.</summary>
    public void GoOffline(Shard shard, string reason, Exception? error)
    {
        shard.Node.Offline.Add(TopicId, Id);
        shard.Host.Log(LogSeverity.Error, $"{Topic}-{Id} is offline: {reason}", error);
        PartitionLog? log = _log;
        _log = null;
        _acknowledgements.FailAll(shard, ErrorCode.KafkaStorageError);
        _fetches.MustAnswer(shard);
        if (log is not null) _flusher.Retire(shard, log, LogFate.Abandon);
    }

    /// <summary>Leaves the table: the topic is deleted. Whoever waits is told that the partition is not here.</summary>
    public void Leave(Shard shard)
    {
        shard.Node.Offline.Remove(TopicId, Id);
        PartitionLog? log = _log;
        // What was appended in this turn lies in frames that are let go with the answers.
        if (log is { HasStaged: true }) EndTurn(shard);
        _log = null;
        _acknowledgements.FailAll(shard, ErrorCode.UnknownTopicOrPartition);
        if (!PlantedPartitionFaults.Has(PlantedPartitionFault.DeletionWakesNoFetch)) _fetches.MustAnswer(shard);
        if (log is not null) _flusher.Retire(shard, log, LogFate.Delete);
        else shard.Partitions.DeleteOffline(this);
    }

    /// <summary>Makes everything durable and closes the log: the node stops, no loop runs any more.</summary>
    /// <returns>Whether the log is whole on the disk; false when it has to be recovered at the next start.</returns>
    public bool Close(Shard shard)
    {
        if (_log is not { } log) return false;
        try
        {
            return log.Close(clean: true, shard.NowMs);
        }
        catch (DiskException e)
        {
            shard.Host.Log(LogSeverity.Error, $"{Topic}-{Id} could not be closed", e);
            return false;
        }
    }

    /// <summary>Takes over changes of the partition's place and of the topic's settings.</summary>
    public void Update(Shard shard, PartitionImage image, PartitionSettings settings)
    {
        if (image.LeaderEpoch != LeaderEpoch) _fetches.MustAnswer(shard);
        LeaderEpoch = image.LeaderEpoch;
        _settings = settings;
        if (_log is not null && !PlantedPartitionFaults.Has(PlantedPartitionFault.SettingsNotInOpenLog)) _log.Config = settings.Log;
        shard.Partitions.AtTurnEnd(this);
    }

    /// <summary>Checks a client's batch and appends it; it reaches the file at the end of the turn.</summary>
    /// <param name="shard">The owner.</param>
    /// <param name="records">The request's records; offsets are written into them, and they must stay until the acknowledgement.</param>
    /// <param name="version">The version of the request.</param>
    public AppendAnswer Append(Shard shard, Memory<byte> records, short version)
    {
        if (_log is null) return Refused(ErrorCode.KafkaStorageError, -1);
        BatchRewriter rewriter = shard.Partitions.Rewriter;
        BatchRefusal? refusal = rewriter.Prepare(records, version, _settings.Rules, shard.NowMs, mayTakeLong: false, out Memory<byte> batch);
        return AppendPrepared(shard, refusal, batch, rewriter.HasRewritten);
    }

    /// <summary>Whether batches wait for one that is decoded off the shard: those that come later wait as well.</summary>
    public bool IsPreparing => _preparations is { Count: > 0 };

    /// <summary>Has a batch appended behind those that are being decoded; the first of them is decoded at once.</summary>
    public void AppendLater(Shard shard, BatchPreparation preparation)
    {
        _preparations ??= new Queue<BatchPreparation>();
        _preparations.Enqueue(preparation);
        if (_preparations.Count == 1) shard.Partitions.Preparations.Add(preparation);
    }

    /// <summary>The first of the waiting batches is appended or refused; the next one's turn.</summary>
    public void GoOnAfterPreparation(Shard shard)
    {
        _preparations!.Dequeue();
        if (_preparations.TryPeek(out BatchPreparation? next)) shard.Partitions.Preparations.Add(next);
    }

    /// <summary>Appends a batch that was checked.</summary>
    /// <param name="shard">The owner.</param>
    /// <param name="refusal">Why it is not to be appended; null when it is.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="isRewritten">Whether the batch lies in a buffer that is used again, rather than in the request's frame.</param>
    public AppendAnswer AppendPrepared(Shard shard, BatchRefusal? refusal, Memory<byte> batch, bool isRewritten)
    {
        if (_log is not { } log) return Refused(ErrorCode.KafkaStorageError, -1);
        if (shard.Node.Logs.Reserve.IsSpent) return Refused(ErrorCode.KafkaStorageError, -1);
        long now = shard.NowMs;
        if (refusal is not null) return new AppendAnswer { Refusal = refusal, BaseOffset = -1, LogAppendTimeMs = -1, LogStartOffset = refusal.TellsLogStart ? log.LogStartOffset : -1 };
        AppendInfo info;
        try
        {
            // A rewritten batch lies in a buffer that the next batch needs.
            info = isRewritten ? log.Append(batch.Span, LeaderEpoch, now, AppendOrigin.Client) : log.Stage(batch, LeaderEpoch, now, AppendOrigin.Client);
        }
        catch (DiskException e)
        {
            WriteFailed(shard, log, e);
            return Refused(ErrorCode.KafkaStorageError, -1);
        }
        catch (Exception e) when (e is not InvariantException and not HaltedException)
        {
            throw new InvariantException($"an append to {Topic}-{Id} failed: {e.Message}", e);
        }
        shard.Partitions.AtTurnEnd(this);
        return Answer(info, now);
    }

    /// <summary>Appends a batch of the broker's own, such as a coordinator's; it reaches the file at the end of the turn.</summary>
    /// <param name="shard">The owner.</param>
    /// <param name="batch">A valid batch of this broker; offsets are written into it, and it must stay until the acknowledgement.</param>
    public AppendAnswer AppendOwn(Shard shard, Memory<byte> batch)
    {
        if (_log is not { } log || shard.Node.Logs.Reserve.IsSpent) return Refused(ErrorCode.KafkaStorageError, -1);
        AppendInfo info;
        try
        {
            info = log.Stage(batch, LeaderEpoch, shard.NowMs, AppendOrigin.Coordinator);
        }
        catch (DiskException e)
        {
            WriteFailed(shard, log, e);
            return Refused(ErrorCode.KafkaStorageError, -1);
        }
        catch (Exception e) when (e is not InvariantException and not HaltedException)
        {
            throw new InvariantException($"an append to {Topic}-{Id} failed: {e.Message}", e);
        }
        shard.Partitions.AtTurnEnd(this);
        return Answer(info, shard.NowMs);
    }

    /// <summary>Whether the topic's promise is kept for a record that was appended.</summary>
    public bool IsPromised(long offset) => _log is { } log && offset < PromisedEnd(log);

    /// <summary>Tells whoever appended when the promise is kept: written at the end of the turn, or flushed.</summary>
    public void AcknowledgeLater(IAppendWaiter waiter, int round, int entry, long lastOffset, bool needsFlush) =>
        _acknowledgements.Add(waiter, round, entry, lastOffset, needsFlush);

    /// <summary>Moves the first offset forward (DeleteRecords).</summary>
    /// <param name="shard">The owner.</param>
    /// <param name="offset">The new first offset; -1 for the high watermark.</param>
    /// <param name="start">The first offset from here on, which may be higher than what was asked for.</param>
    public ErrorCode DeleteRecords(Shard shard, long offset, out long start)
    {
        const long HighWatermarkItself = -1;
        start = -1;
        if (_log is not { } log) return ErrorCode.KafkaStorageError;
        if (!_settings.Log.Delete && _settings.Log.Compact) return ErrorCode.PolicyViolation;
        long visible = PlantedPartitionFaults.Has(PlantedPartitionFault.DeletesBeyondHighWatermark) ? log.LogEndOffset : _highWatermark;
        long target = offset != HighWatermarkItself ? offset : PlantedPartitionFaults.Has(PlantedPartitionFault.DeletesAllToLogEnd) ? visible = log.LogEndOffset : _highWatermark;
        if (target < 0 || target > visible) return ErrorCode.OffsetOutOfRange;
        try
        {
            log.AdvanceLogStartOffset(target);
        }
        catch (DiskException e)
        {
            shard.Host.Log(LogSeverity.Error, $"records of {Topic}-{Id} could not be deleted", e);
            return ErrorCode.KafkaStorageError;
        }
        start = log.LogStartOffset;
        return ErrorCode.None;
    }

    /// <summary>Adds a fetch that waits for appends.</summary>
    public void Add(FetchWait wait) => _fetches.Add(wait, this);

    /// <summary>Takes a fetch out that waits no more.</summary>
    public void Remove(FetchWait wait) => _fetches.Remove(wait);

    /// <summary>Ends a turn: writes what was appended, acknowledges it or begins its flush, and advances the high watermark.</summary>
    public void EndTurn(Shard shard)
    {
        if (_log is not { } log || !WriteTurn(shard)) return;
        // Those that have waited longer first: a changed flush.messages may release both at once.
        _acknowledgements.Flushed(shard, PromisedEnd(log));
        _acknowledgements.Written(shard, log.LogEndOffset, PromisedEnd(log));
        AdvanceHighWatermark(shard, log);
        _flusher.BeginIfDue(shard, log, _acknowledgements.WaitForFlush || (_settings.FlushesFirst && log.RecoveryPoint < log.LogEndOffset));
    }

    /// <summary>
    /// Writes what was appended in the turn so far. Whoever has the log write in the middle of a turn comes through here: those whose
    /// records the disk refuses have to learn it before the next append takes the same offsets.
    /// </summary>
    /// <returns>Whether the partition is still online.</returns>
    public bool WriteTurn(Shard shard)
    {
        if (_log is not { } log) return false;
        if (!log.HasStaged) return true;
        try
        {
            log.WriteStaged();
        }
        catch (DiskException e)
        {
            WriteFailed(shard, log, e);
        }
        return _log is not null;
    }

    /// <summary>
    /// The offset below which records may be acknowledged: at most <c>flush.messages</c> - 1 records are acknowledged and not flushed.
    /// </summary>
    private long PromisedEnd(PartitionLog log)
    {
        long loose = _settings.Log.FlushMessages - 1;
        return loose >= log.LogEndOffset - log.RecoveryPoint ? log.LogEndOffset : log.RecoveryPoint + loose;
    }

    /// <summary>Lets consumers see what may be seen. The high watermark never goes back: what was seen stays when the topic's promise changes.</summary>
    private void AdvanceHighWatermark(Shard shard, PartitionLog log)
    {
        long visible = _settings.FlushesFirst ? log.RecoveryPoint : log.LogEndOffset;
        if (visible <= _highWatermark) return;
        _highWatermark = visible;
        // What was appended while the flush ran is not visible yet: it counts when it is, for those who wait then.
        long bytes = visible == log.LogEndOffset ? _bytesAppended : _bytesInFlush;
        _bytesAppended -= bytes;
        _bytesInFlush = 0;
        if (_settings.FlushesFirst && PlantedPartitionFaults.Has(PlantedPartitionFault.FlushWakesNoFetch)) return;
        _fetches.BytesAppended(shard, Math.Max(1, bytes));
    }

    private AppendAnswer Answer(in AppendInfo info, long now)
    {
        ErrorCode error = info.Check switch
        {
            ProducerCheck.Accepted or ProducerCheck.Duplicate => ErrorCode.None,
            ProducerCheck.OutOfOrderSequence => ErrorCode.OutOfOrderSequenceNumber,
            ProducerCheck.InvalidProducerEpoch => ErrorCode.InvalidProducerEpoch,
            ProducerCheck.InvalidTransactionState => ErrorCode.InvalidTxnState,
            _ => ErrorCode.TransactionCoordinatorFenced,
        };
        if (error != ErrorCode.None) return Refused(error, info.LogStartOffset);
        _bytesAppended += info.Bytes;
        bool appendTime = _settings.Rules.TimestampType == TimestampType.LogAppendTime;
        return new AppendAnswer
        {
            BaseOffset = info.FirstOffset,
            LastOffset = info.LastOffset,
            // Of a retry Kafka tells the time of the first attempt, whatever the topic's kind of timestamps.
            LogAppendTimeMs = info.Check == ProducerCheck.Duplicate ? info.MaxTimestamp : appendTime ? now : -1,
            LogStartOffset = info.LogStartOffset,
        };
    }

    private static AppendAnswer Refused(ErrorCode error, long logStartOffset) =>
        new() { Refusal = new BatchRefusal(error), BaseOffset = -1, LogAppendTimeMs = -1, LogStartOffset = logStartOffset };

    /// <summary>A flush has begun: what was appended so far becomes visible with it, where the topic promises to flush first.</summary>
    public void FlushBegins() => _bytesInFlush = _bytesAppended;

    /// <summary>Compares the leader epoch that a client knows, -1 for none, with the partition's (KIP-320).</summary>
    public ErrorCode CheckEpoch(int known) =>
        known == -1 || known == LeaderEpoch ? ErrorCode.None : known < LeaderEpoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;

    /// <summary>A full disk refuses one turn's appends; any other failure ends the trust in the log.</summary>
    private void WriteFailed(Shard shard, PartitionLog log, DiskException error)
    {
        if (log.IsFailed)
        {
            Fail(shard, "a write", error);
            return;
        }
        shard.Host.Log(LogSeverity.Error, $"{Topic}-{Id} refused the appends of this turn", error);
        _acknowledgements.Written(shard, log.LogEndOffset, PromisedEnd(log));
    }
}
