using Sluice.Core.Groups.Records;
using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Tables;

namespace Sluice.Core.Groups.Coordination;

/// <summary>
/// The coordinator of the groups of one partition of <c>__consumer_offsets</c>: reads them from its log, keeps their records there, and
/// lets answers go that rest on records only when these are as safe as the topic promises. What one turn writes is one batch.
/// </summary>
/// <remarks>
/// The groups are always ahead of the log by what is on its way. When that cannot be written they are forgotten, and read again from the
/// log: nobody was told of what is lost.
/// </remarks>
internal sealed class GroupCoordinator : IGroupHost, IAppendWaiter, IDisposable
{
    private const int RecordOverheadBytes = 64;

    private readonly Shard _shard;
    private readonly Partition _partition;
    private readonly RecordBatchBuilder _batch = new();
    private readonly DurabilityWaits _waits;
    private readonly GroupTimer _expiry;
    private Dictionary<string, int> _generations = [];
    private GroupLoading? _loading;
    private ErrorCode _failure;
    private int _round;
    private int _acknowledgedRound = -1;
    private int _firstRound;
    private bool _mustLoad;

    /// <param name="shard">The shard that owns the partition.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="settings">The settings of groups.</param>
    public GroupCoordinator(Shard shard, Partition partition, GroupSettings settings)
    {
        _shard = shard;
        _partition = partition;
        Settings = settings;
        Groups = new GroupTable(this);
        _waits = new DurabilityWaits(shard, settings.CommitTimeoutMs);
        _expiry = new GroupTimer(Expire);
        Load();
    }

    /// <inheritdoc/>
    public GroupSettings Settings { get; }

    /// <inheritdoc/>
    public long NowMs => _shard.NowMs;

    /// <summary>The groups.</summary>
    public GroupTable Groups { get; }

    /// <summary>None while the groups can be asked; otherwise what clients are told.</summary>
    public ErrorCode Availability { get; private set; }

    /// <summary>Whether the coordinator is in its shard's list for the end of the turn.</summary>
    public bool IsInTurn { get; set; }

    /// <summary>Offsets that expired since the start.</summary>
    public long ExpiredCount { get; private set; }

    /// <inheritdoc/>
    public string NewUniqueId()
    {
        Span<byte> bytes = stackalloc byte[Uuid.SizeInBytes];
        _shard.Host.Random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    /// <inheritdoc/>
    public void Schedule(GroupTimer timer, long delayMs) => _shard.Timers.Schedule(timer, _shard.MonotonicMs + delayMs);

    /// <inheritdoc/>
    public void Cancel(GroupTimer timer) => _shard.Timers.Cancel(timer);

    /// <inheritdoc/>
    public void Log(LogSeverity severity, string message) => _shard.Host.Log(severity, message);

    /// <inheritdoc/>
    public ErrorCode Write(IReadOnlyList<GroupRecord> records)
    {
        if (records.Count == 0) return ErrorCode.None;
        var encoded = new (byte[] Key, byte[]? Value)[records.Count];
        long size = RecordBatch.HeaderSize;
        for (int i = 0; i < encoded.Length; i++)
        {
            byte[] key = CoordinatorRecordTable.WriteKey(records[i].Key);
            byte[]? value = records[i].Value is { } present ? CoordinatorRecordTable.WriteValue(present, records[i].ValueVersion) : null;
            encoded[i] = (key, value);
            size += key.Length + (value?.Length ?? 0) + RecordOverheadBytes;
        }
        int max = Math.Min(_partition.Settings.Rules.MaxMessageBytes, _partition.Settings.Rules.SegmentBytes);
        if (size > max) return ErrorCode.MessageTooLarge;
        if (_batch.UncompressedSize + size > max) AppendBatch();
        foreach ((byte[] key, byte[]? value) in encoded) _batch.Append(NowMs, key, value);
        _shard.Groups.AtTurnEnd(this);
        return ErrorCode.None;
    }

    /// <inheritdoc/>
    public void WhenDurable(Action<ErrorCode> done) => WhenDurable(done, mayTimeOut: false);

    /// <inheritdoc/>
    public void WhenDurableInTime(Action<ErrorCode> done) => WhenDurable(done, mayTimeOut: true);

    /// <inheritdoc/>
    public void Acknowledge(Shard owner, int round, int entry, ErrorCode error)
    {
        if (round < _firstRound) return;
        if (error != ErrorCode.None)
        {
            Fail(error);
            return;
        }
        _acknowledgedRound = round;
        _waits.Complete(round);
    }

    /// <summary>Hands the turn's records to the partition, which writes them right after this.</summary>
    public void EndTurn()
    {
        if (_mustLoad)
        {
            Load();
            return;
        }
        AppendBatch();
        if (_failure != ErrorCode.None) Fail(_failure);
    }

    /// <summary>A topic was deleted: its offsets mean nothing any more.</summary>
    public void TopicIsDeleted(string topic, Uuid topicId)
    {
        if (Availability == ErrorCode.None) Groups.TopicIsDeleted(topic, topicId);
    }

    /// <summary>Ends the coordinator; whoever waits is told.</summary>
    public void Close(ErrorCode error)
    {
        Forget(error);
        Availability = ErrorCode.NotCoordinator;
    }

    /// <summary>Gives the buffer of records back.</summary>
    public void Dispose() => _batch.Dispose();

    /// <summary>Told when the log has been read.</summary>
    /// <param name="loading">Which reading; another one is over already.</param>
    /// <param name="error">Null, or why the log cannot be understood.</param>
    public void Loaded(GroupLoading loading, Exception? error)
    {
        if (loading != _loading) return;
        _loading = null;
        if (error is not null || _partition.Log is not { } log)
        {
            GoOffline("its log cannot be read", error);
            return;
        }
        Availability = ErrorCode.None;
        long last = log.LogEndOffset - 1;
        // What the last run wrote may not be as safe as the topic promises: nobody is told of it before it is.
        if (_partition.IsPromised(last)) _acknowledgedRound = _round - 1;
        else AwaitAppend(last);
        Groups.Loaded(_generations);
        _generations = [];
        Schedule(_expiry, Settings.RetentionCheckMs);
        if (loading.RecordCount > 0) Log(LogSeverity.Information, $"{_partition.Topic}-{_partition.Id} has {Groups.All.Count} groups, from {loading.RecordCount} records");
    }

    private void WhenDurable(Action<ErrorCode> done, bool mayTimeOut)
    {
        int round = _batch.Count > 0 ? _round : _round - 1;
        bool isSafe = round <= _acknowledgedRound || PlantedGroupFaults.Has(PlantedGroupFault.AnswersBeforeTheLog);
        if (_failure == ErrorCode.None && isSafe) done(ErrorCode.None);
        else _waits.Add(round, done, mayTimeOut);
    }

    private void Load()
    {
        _mustLoad = false;
        _failure = ErrorCode.None;
        _firstRound = _round;
        Availability = ErrorCode.CoordinatorLoadInProgress;
        if (_partition.Log is null) GoOffline("its log is not there", null);
        else (_loading = new GroupLoading(this, _partition)).Continue(_shard);
    }

    private void GoOffline(string why, Exception? error)
    {
        Availability = ErrorCode.NotCoordinator;
        _shard.Host.Log(LogSeverity.Error, $"the groups of {_partition.Topic}-{_partition.Id} are out of reach: {why}", error);
    }

    private void AppendBatch()
    {
        if (_batch.Count == 0 || _failure != ErrorCode.None) return;
        AppendAnswer answer = _partition.AppendOwn(_shard, _batch.Build());
        if (answer.Refusal is { } refusal) _failure = refusal.Code;
        else AwaitAppend(answer.LastOffset);
    }

    private void AwaitAppend(long lastOffset)
    {
        _partition.AcknowledgeLater(this, _round++, 0, lastOffset, needsFlush: true);
        _shard.Partitions.AtTurnEnd(_partition);
    }

    private void Fail(ErrorCode error)
    {
        Log(LogSeverity.Error, $"records of {_partition.Topic}-{_partition.Id} could not be written ({error.ProtocolName()}): its groups are read from the log again");
        _generations = Groups.All.ToDictionary(g => g.Id, g => g.Generation, StringComparer.Ordinal);
        Forget(error == ErrorCode.UnknownTopicOrPartition ? ErrorCode.CoordinatorNotAvailable : ErrorCode.NotCoordinator);
        Availability = ErrorCode.CoordinatorLoadInProgress;
        // Not at once: what of this turn is still to be written belongs to the log that is read.
        _mustLoad = true;
        _shard.Groups.AtTurnEnd(this);
    }

    private void Forget(ErrorCode told)
    {
        _loading = null;
        _mustLoad = false;
        _batch.Clear();
        _firstRound = ++_round;
        _acknowledgedRound = _round - 1;
        _failure = told;
        Cancel(_expiry);
        _waits.Fail(told);
        Groups.Unload(told);
    }

    private void Expire()
    {
        ExpiredCount += Groups.Expiry.Expire();
        Schedule(_expiry, Settings.RetentionCheckMs);
    }
}
