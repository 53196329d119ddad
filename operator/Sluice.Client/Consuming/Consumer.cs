using System.Text.RegularExpressions;
using Sluice.Client.Cluster;
using Sluice.Client.Consuming.Groups;

namespace Sluice.Client.Consuming;

/// <summary>
/// Reads records of topics, alone (<see cref="Assign"/>) or as a member of a group that shares the partitions out
/// (<see cref="Subscribe(IEnumerable{string}, IRebalanceListener)"/>). Records are fetched ahead in the background; polls hand them out.
/// </summary>
/// <remarks>One caller at a time, as in Java. A group member must poll at least every <see cref="ConsumerOptions.MaxPollInterval"/>.</remarks>
public sealed class Consumer : IAsyncDisposable
{
    private readonly ConsumerOptions _options;
    private readonly ClusterClient _cluster;
    private readonly Subscription _subscription = new();
    private readonly ConsumerErrors _errors;
    private readonly Fetcher _fetcher;
    private readonly Positions _positions;
    private readonly GroupOffsets? _offsets;
    private readonly GroupMember? _member;
    private readonly Heartbeats? _heartbeats;
    private readonly Rebalancer? _rebalancer;
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private Task _refresh = Task.CompletedTask;
    private Task _committing = Task.CompletedTask;
    private long _committedAt;
    private int _polling;
    private bool _manual;
    private bool _closed;

    /// <summary>Makes a consumer; nothing is connected before it has partitions to read.</summary>
    /// <exception cref="ArgumentException">An option is out of range or does not fit another; the message says which and what to choose.</exception>
    /// <exception cref="FormatException">The bootstrap servers are not a list of <c>host:port</c>.</exception>
    public Consumer(ConsumerOptions options)
    {
        options.Validate();
        _options = options;
        _cluster = new ClusterClient(options);
        _errors = new ConsumerErrors(_subscription.Changed);
        _fetcher = new Fetcher(options, _cluster, _subscription, _errors, RefreshMetadata);
        _committedAt = options.Clock.GetTimestamp();
        if (options.GroupId is { } group)
        {
            var coordinator = new CoordinatorLink(options, _cluster, group);
            _offsets = new GroupOffsets(coordinator, group);
            _member = new GroupMember(options, _cluster, coordinator, _subscription.Changed);
            _heartbeats = new Heartbeats(options, _member, coordinator, _errors);
            _rebalancer = new Rebalancer(_member, _subscription, AutoCommit, _stopping.Token);
        }

        _positions = new Positions(options, _cluster, _subscription, _offsets, RefreshMetadata, PositionsFound);
    }

    /// <summary>The partitions that are read now.</summary>
    public IReadOnlyCollection<TopicPartition> Assignment => _subscription.Assigned;

    /// <summary>Reads these topics together with the other members of the group.</summary>
    /// <param name="topics">Their names.</param>
    /// <param name="listener">Is told what this member gets and gives up.</param>
    /// <exception cref="InvalidOperationException">The consumer has no group, or reads partitions of its own choice.</exception>
    public void Subscribe(IEnumerable<string> topics, IRebalanceListener? listener = null)
    {
        string[] names = [.. topics.Distinct()];
        if (names.Length == 0) throw new ArgumentException("There is no topic to subscribe to; unsubscribe to read none.", nameof(topics));
        SubscribingRebalancer().Subscribe(names, listener);
        _heartbeats!.Start();
    }

    /// <summary>
    /// Reads the topics whose whole names match, together with the other members of the group. Topics that are made or deleted later
    /// are noticed when metadata is asked for anew, at the latest after <see cref="ClientOptions.MetadataMaxAge"/>; internal topics
    /// never match.
    /// </summary>
    /// <param name="pattern">Matched against each topic's name by this member, not by the broker.</param>
    /// <param name="listener">Is told what this member gets and gives up.</param>
    /// <exception cref="InvalidOperationException">The consumer has no group, or reads partitions of its own choice.</exception>
    public void Subscribe(Regex pattern, IRebalanceListener? listener = null)
    {
        SubscribingRebalancer().Subscribe(new TopicPattern(pattern), listener);
        _heartbeats!.Start();
    }

    /// <summary>Reads these partitions and no others, whoever else does. Those that were read before go on where they are.</summary>
    /// <exception cref="InvalidOperationException">The consumer is subscribed.</exception>
    public void Assign(IEnumerable<TopicPartition> partitions)
    {
        ThrowIfClosed();
        if (_rebalancer is { IsSubscribed: true }) throw new InvalidOperationException("The consumer is subscribed; unsubscribe first.");
        _subscription.Assign(partitions);
        _manual = _subscription.Assigned.Count > 0;
        if (_manual) _fetcher.Cover();
    }

    /// <summary>Stops reading: commits if that is automatic, and leaves the group.</summary>
    public async Task UnsubscribeAsync(CancellationToken cancellation = default)
    {
        ThrowIfClosed();
        await Leave("the consumer unsubscribes", cancellation).ConfigureAwait(false);
    }

    /// <summary>The next records, all of one partition; none when none came in time.</summary>
    /// <param name="timeout">How long to wait for records.</param>
    /// <param name="cancellation">Stops waiting; nothing is lost by it.</param>
    /// <exception cref="KafkaException">Reading or the membership failed in a way that repeating does not heal; the next poll goes on.</exception>
    public async ValueTask<ConsumedRecords> PollAsync(TimeSpan timeout, CancellationToken cancellation = default)
    {
        if (Interlocked.Exchange(ref _polling, 1) != 0) throw new InvalidOperationException("A consumer serves one caller at a time.");
        try
        {
            ThrowIfClosed();
            long start = _options.Clock.GetTimestamp();
            while (true)
            {
                Task changed = _subscription.Changed.Next;
                _heartbeats?.Polled();
                _errors.ThrowFirst();
                await Tend(cancellation).ConfigureAwait(false);
                if (_subscription.TryTake(_options.MaxPollRecords, out ConsumedRecords? records)) return records;
                TimeSpan left = timeout - _options.Clock.GetElapsedTime(start);
                if (left <= TimeSpan.Zero) return ConsumedRecords.None;
                await Wait(changed, left, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            Volatile.Write(ref _polling, 0);
        }
    }

    /// <summary>Goes on at an offset.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned to this consumer.</exception>
    public void Seek(TopicPartition partition, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        Seek(partition, new OffsetAndEpoch(offset));
    }

    /// <summary>
    /// Goes on at an offset that a record of an epoch came before. When the log does not have both any more, polling tells, or goes on
    /// by the reset rule, as after any truncation (KIP-320).
    /// </summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned to this consumer.</exception>
    public void Seek(TopicPartition partition, OffsetAndEpoch position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position.Offset, nameof(position));
        _subscription.MoveTo(_subscription.Get(partition), position);
        _fetcher.Cover();
    }

    /// <summary>Goes on at the oldest record that is there.</summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned to this consumer.</exception>
    public void SeekToBeginning(IEnumerable<TopicPartition> partitions) => Reset(partitions, AutoOffsetReset.Earliest);

    /// <summary>Goes on behind the newest record.</summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned to this consumer.</exception>
    public void SeekToEnd(IEnumerable<TopicPartition> partitions) => Reset(partitions, AutoOffsetReset.Latest);

    /// <summary>Returns no records of these partitions until they are resumed; a group member goes on polling meanwhile.</summary>
    public void Pause(IEnumerable<TopicPartition> partitions) => SetPaused(partitions, true);

    /// <summary>Goes on with paused partitions.</summary>
    public void Resume(IEnumerable<TopicPartition> partitions) => SetPaused(partitions, false);

    /// <summary>The offset of the next record that a poll returns; null while it is looked up.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned to this consumer.</exception>
    public OffsetAndEpoch? Position(TopicPartition partition)
    {
        PartitionState state = _subscription.Get(partition);
        lock (_subscription.Lock) return state.Position;
    }

    /// <summary>The offset behind the last record that may be read, as the last fetch told; null before.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned to this consumer.</exception>
    public long? HighWatermark(TopicPartition partition)
    {
        PartitionState state = _subscription.Get(partition);
        lock (_subscription.Lock) return state.HighWatermark < 0 ? null : state.HighWatermark;
    }

    /// <summary>Commits the positions: all that polls have returned counts as done.</summary>
    /// <exception cref="KafkaException">The coordinator refused; when the group has rebalanced, others go on from the offset committed before.</exception>
    public Task CommitAsync(CancellationToken cancellation = default) => CommitAsync(CurrentPositions(), cancellation);

    /// <summary>Commits offsets, each that of the next record to be read. Not awaiting the task is what Java calls commitAsync.</summary>
    /// <inheritdoc cref="CommitAsync(CancellationToken)"/>
    public Task CommitAsync(IReadOnlyDictionary<TopicPartition, OffsetAndEpoch> offsets, CancellationToken cancellation = default) =>
        Offsets.CommitAsync(offsets, _rebalancer is { IsSubscribed: true } ? _member!.Self : Committer.Nobody, _options.RequestTimeout, cancellation);

    /// <summary>The group's committed offsets; null for partitions without one.</summary>
    public async Task<IReadOnlyDictionary<TopicPartition, OffsetAndEpoch?>> CommittedAsync(IEnumerable<TopicPartition> partitions, CancellationToken cancellation = default) =>
        await Offsets.FetchAsync([.. partitions], _options.RequestTimeout, cancellation).ConfigureAwait(false);

    /// <summary>Commits if that is automatic, leaves the group and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closed) return;
        _closed = true;
        try
        {
            await Leave("the consumer is closed", CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            if (_heartbeats is not null) await _heartbeats.DisposeAsync().ConfigureAwait(false);
            await _fetcher.DisposeAsync().ConfigureAwait(false);
            await _cluster.DisposeAsync().ConfigureAwait(false);
            _rebalancer?.Dispose();
            _subscription.Assign([]);
        }
    }

    /// <summary>Breaks off without a word to anyone, as a process does that is killed. For tests.</summary>
    internal void Abandon()
    {
        _closed = true;
        _stopping.Cancel();
        _ = Task.WhenAll(_heartbeats?.DisposeAsync().AsTask() ?? Task.CompletedTask, _fetcher.DisposeAsync().AsTask(), _cluster.DisposeAsync().AsTask());
    }

    private GroupOffsets Offsets => _offsets ?? throw new InvalidOperationException($"Offsets are committed for a group: set {nameof(ConsumerOptions.GroupId)}.");

    private Rebalancer SubscribingRebalancer()
    {
        ThrowIfClosed();
        if (_manual) throw new InvalidOperationException("Partitions were assigned by hand; unsubscribe first.");
        return _rebalancer ?? throw new InvalidOperationException($"Subscribing needs a group: set {nameof(ConsumerOptions.GroupId)}, or assign partitions.");
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_closed, this);

    private async ValueTask Tend(CancellationToken cancellation)
    {
        if (_rebalancer is not null)
        {
            if (_rebalancer.AwaitsTopics && _refresh.IsCompleted) _refresh = RefreshMetadata();
            await _rebalancer.StepAsync(cancellation).ConfigureAwait(false);
            CommitWhenDue();
        }

        _positions.Ensure(_stopping.Token);
        if (_cluster.View.TakenAt != long.MinValue && _refresh.IsCompleted && _options.Clock.GetElapsedTime(_cluster.View.TakenAt) > _options.MetadataMaxAge)
            _refresh = RefreshMetadata();
    }

    private async Task Wait(Task changed, TimeSpan left, CancellationToken cancellation)
    {
        try
        {
            // Now and then round, so that commits fall due in quiet times too.
            TimeSpan most = left < _options.AutoCommitInterval ? left : _options.AutoCommitInterval;
            await changed.WaitAsync(most, _options.Clock, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The caller looks at the time.
        }
    }

    private void CommitWhenDue()
    {
        if (!_options.EnableAutoCommit || !_committing.IsCompleted || _options.Clock.GetElapsedTime(_committedAt) < _options.AutoCommitInterval) return;
        _committedAt = _options.Clock.GetTimestamp();
        // Positions are behind what earlier polls returned; what this poll returns is not in them.
        _committing = AutoCommit(_stopping.Token);
    }

    private async Task AutoCommit(CancellationToken cancellation)
    {
        if (!_options.EnableAutoCommit) return;
        Dictionary<TopicPartition, OffsetAndEpoch> positions = CurrentPositions();
        try
        {
            await CommitAsync(positions, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is KafkaException or BrokerUnreachableException or OperationCanceledException)
        {
            // The records since the last commit come again, here or at another member: at least once is what auto-commit promises.
        }
    }

    private Dictionary<TopicPartition, OffsetAndEpoch> CurrentPositions()
    {
        lock (_subscription.Lock)
            return _subscription.States.Where(s => s.Position is not null).ToDictionary(s => s.Partition, s => s.Position!.Value);
    }

    private async Task Leave(string reason, CancellationToken cancellation)
    {
        if (_rebalancer is { IsSubscribed: true })
        {
            await _committing.ConfigureAwait(false);
            await AutoCommit(cancellation).ConfigureAwait(false);
            await _rebalancer.EndAsync(cancellation).ConfigureAwait(false);
            await _member!.LeaveAsync(reason, _options.RequestTimeout, cancellation).ConfigureAwait(false);
        }

        _manual = false;
        _subscription.Assign([]);
    }

    private void Reset(IEnumerable<TopicPartition> partitions, AutoOffsetReset to)
    {
        foreach (TopicPartition partition in partitions)
        {
            PartitionState state = _subscription.Get(partition);
            lock (_subscription.Lock)
            {
                _subscription.MoveTo(state, null);
                (state.NeedsReset, state.ResetTo) = (true, to);
            }
        }
    }

    private void SetPaused(IEnumerable<TopicPartition> partitions, bool paused)
    {
        foreach (TopicPartition partition in partitions)
        {
            PartitionState state = _subscription.Get(partition);
            lock (_subscription.Lock) state.IsPaused = paused;
        }

        _subscription.Changed.Set();
    }

    private void PositionsFound()
    {
        _fetcher.Cover();
        _subscription.Changed.Set();
    }

    private async Task RefreshMetadata()
    {
        await _refreshing.WaitAsync(_stopping.Token).ConfigureAwait(false);
        try
        {
            HashSet<string>? topics = _rebalancer is { HasPattern: true } ? null : [.. _subscription.Assigned.Select(p => p.Topic), .. _rebalancer?.Topics ?? []];
            ClusterView view = await _cluster.RefreshAsync(topics, createMissing: false, _stopping.Token).ConfigureAwait(false);
            if (topics is null) _rebalancer!.Match(view);
            if (_member is not null && _member.SharesAreStale(view)) _member.Rejoin();
            _fetcher.Cover();
            _subscription.Changed.Set();
        }
        catch (Exception e) when (e is BrokerUnreachableException or KafkaException { IsRetriable: true })
        {
            // Whoever needs it asks again, after a back-off.
        }
        catch (RegexMatchTimeoutException e)
        {
            _errors.Add(e);
        }
        finally
        {
            _refreshing.Release();
        }
    }
}
