using Sluice.Client.Cluster;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Consuming;

/// <summary>Reads ahead: one loop for each broker that leads a partition, with one request on the way at a time.</summary>
internal sealed class Fetcher(ConsumerOptions options, ClusterClient cluster, Subscription subscription, ConsumerErrors errors, Func<Task> refreshMetadata) : IAsyncDisposable
{
    /// <summary>From this version on topics go by their id (KIP-516).</summary>
    public const short TopicIdVersion = 13;

    /// <summary>Answers of one partition that may wait for polls, in units of its fetch size.</summary>
    private const int ChunksAhead = 4;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<int, Task> _loops = [];
    private readonly Lock _lock = new();

    /// <summary>Starts loops for brokers that lead a partition and have none.</summary>
    public void Cover()
    {
        foreach (int leader in Leaders())
        {
            lock (_lock)
            {
                if (!_loops.ContainsKey(leader) && !_stopping.IsCancellationRequested) _loops[leader] = Task.Run(() => Run(leader));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task[] loops;
        lock (_lock)
        {
            _stopping.Cancel();
            loops = [.. _loops.Values];
        }

        subscription.Changed.Set();
        await Task.WhenAll(loops).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private HashSet<int> Leaders()
    {
        ClusterView view = cluster.View;
        lock (subscription.Lock)
        {
            return [.. subscription.States.Select(s => view.Partition(s.Partition)?.Leader ?? -1).Where(leader => leader >= 0)];
        }
    }

    private async Task Run(int node)
    {
        try
        {
            await Loop(node).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // A fault of this program must not look like a quiet topic: the next poll throws it.
            errors.Add(e);
        }
    }

    private async Task Loop(int node)
    {
        var session = new FetchSession();
        Backoff backoff = Backoff.Of(options);
        int failures = 0;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Task changed = subscription.Changed.Next;
                Dictionary<TopicPartition, FetchWish> wishes = Wishes(node, out Dictionary<TopicPartition, (PartitionState State, int Generation)> states, out TimeSpan wait);
                if (wishes.Count == 0)
                {
                    await Any(changed, wait).ConfigureAwait(false);
                    continue;
                }

                bool failed = await Exchange(node, session, wishes, states).ConfigureAwait(false);
                failures = failed ? failures + 1 : 0;
                if (failed) await Task.Delay(backoff.After(failures), options.Clock, _stopping.Token).ConfigureAwait(false);
            }
            catch (BrokerUnreachableException)
            {
                // Another broker may lead meanwhile; what was asked for is asked again.
                session.Reset();
                await RefreshAfter(backoff.After(++failures)).ConfigureAwait(false);
            }
            catch (KafkaException e)
            {
                errors.Add(e);
                session.Reset();
                await RefreshAfter(backoff.After(++failures)).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await EndSession(node, session).ConfigureAwait(false);
    }

    private async Task EndSession(int node, FetchSession session)
    {
        if (!session.IsOpen || cluster.OpenNow(node, ConnectionUse.Data) is not { } connection) return;
        try
        {
            await connection.SendAsync(session.Final(), TimeSpan.FromSeconds(1), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BrokerUnreachableException or KafkaException)
        {
            // The broker drops idle sessions by itself.
        }
    }

    private async Task Any(Task changed, TimeSpan wait)
    {
        try
        {
            if (wait == Timeout.InfiniteTimeSpan) await changed.WaitAsync(_stopping.Token).ConfigureAwait(false);
            else await changed.WaitAsync(wait, options.Clock, _stopping.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A partition's back-off is over.
        }
    }

    private async Task RefreshAfter(TimeSpan wait)
    {
        try
        {
            await Task.Delay(wait, options.Clock, _stopping.Token).ConfigureAwait(false);
            await refreshMetadata().ConfigureAwait(false);
            Cover();
        }
        catch (OperationCanceledException)
        {
            // The consumer is closed.
        }
    }

    /// <summary>What is to be fetched from a node now, and how long until there may be more.</summary>
    private Dictionary<TopicPartition, FetchWish> Wishes(
        int node, out Dictionary<TopicPartition, (PartitionState State, int Generation)> states, out TimeSpan wait)
    {
        ClusterView view = cluster.View;
        var wishes = new Dictionary<TopicPartition, FetchWish>();
        states = [];
        wait = Timeout.InfiniteTimeSpan;
        lock (subscription.Lock)
        {
            if (subscription.BufferedBytes >= options.PrefetchBytes) return wishes;
            foreach (PartitionState state in subscription.States)
            {
                if (state.Position is null || state.IsPaused || state.BufferedBytes >= (long)ChunksAhead * options.PartitionFetchBytes) continue;
                if (view.Partition(state.Partition) is not { } leader || leader.Leader != node || state.NeedsCheck(leader.LeaderEpoch)) continue;
                state.CheckedEpoch = leader.LeaderEpoch;
                long now = options.Clock.GetTimestamp();
                if (state.NotBefore > now)
                {
                    TimeSpan left = options.Clock.GetElapsedTime(now, state.NotBefore);
                    if (wait == Timeout.InfiniteTimeSpan || left < wait) wait = left;
                    continue;
                }

                Uuid id = view.Topic(state.Partition.Topic)!.Id;
                wishes[state.Partition] = new FetchWish(state.Partition, id, state.FetchOffset, leader.LeaderEpoch, options.PartitionFetchBytes);
                states[state.Partition] = (state, state.Generation);
            }
        }

        return wishes;
    }

    private async Task<bool> Exchange(
        int node, FetchSession session, Dictionary<TopicPartition, FetchWish> wishes, Dictionary<TopicPartition, (PartitionState State, int Generation)> states)
    {
        KafkaConnection connection = await cluster.NodeAsync(node, ConnectionUse.Data, _stopping.Token).ConfigureAwait(false);
        short version = connection.VersionFor(ApiKey.Fetch);
        if (version >= TopicIdVersion && wishes.Values.Any(w => w.TopicId == Uuid.Zero)) version = TopicIdVersion - 1;
        var request = new FetchRequest
        {
            MaxWaitMs = (int)options.FetchMaxWait.TotalMilliseconds,
            MinBytes = options.FetchMinBytes,
            MaxBytes = options.FetchMaxBytes,
            IsolationLevel = (sbyte)options.IsolationLevel,
        };
        session.Fill(request, version, wishes);
        FramedResponse<FetchResponse> answer = await connection
            .SendFramedAsync(request, version, options.RequestTimeout + options.FetchMaxWait, _stopping.Token).ConfigureAwait(false);
        try
        {
            session.Answered(answer.Response);
            if (answer.Response.ErrorCode != ErrorCode.None) return true;
            return await Handle(answer, version, states).ConfigureAwait(false);
        }
        finally
        {
            answer.Frame.Release();
        }
    }

    private async Task<bool> Handle(FramedResponse<FetchResponse> answer, short version, Dictionary<TopicPartition, (PartitionState State, int Generation)> states)
    {
        bool refresh = false;
        bool arrived = false;
        foreach (FetchResponse.FetchableTopicResponse topic in answer.Response.Responses)
        {
            string? name = version >= TopicIdVersion ? cluster.View.Topic(topic.TopicId)?.Name : topic.Topic;
            foreach (FetchResponse.PartitionData data in topic.Partitions)
            {
                if (name is null || !states.TryGetValue(new TopicPartition(name, data.PartitionIndex), out (PartitionState State, int Generation) asked)) continue;
                if (data.ErrorCode == ErrorCode.None) arrived |= Arrived(asked.State, asked.Generation, data, answer.Frame);
                else refresh |= Failed(asked.State, asked.Generation, data.ErrorCode);
            }
        }

        if (arrived) subscription.Changed.Set();
        if (!refresh) return false;
        await refreshMetadata().ConfigureAwait(false);
        Cover();
        return false;
    }

    private bool Arrived(PartitionState state, int generation, FetchResponse.PartitionData data, FrameBuffer frame)
    {
        lock (subscription.Lock)
        {
            if (state.Generation == generation) state.HighWatermark = data.HighWatermark;
        }

        if (data.Records.Length == 0) return false;
        frame.Retain();
        List<FetchResponse.AbortedTransaction>? aborted = options.IsolationLevel == IsolationLevel.ReadCommitted ? data.AbortedTransactions ?? [] : null;
        var chunk = new FetchedChunk(state.Partition, frame, data.Records.Memory, state.FetchOffset, options.CheckCrcs, aborted);
        if (subscription.TryAdd(state, generation, chunk)) return true;
        chunk.Dispose();
        return false;
    }

    /// <summary>Acts on a partition's error; whether leaders are to be asked for anew.</summary>
    private bool Failed(PartitionState state, int generation, ErrorCode error)
    {
        lock (subscription.Lock)
        {
            if (state.Generation != generation) return false;
            if (error == ErrorCode.OffsetOutOfRange)
            {
                OutOfRange(state);
                return false;
            }

            state.NotBefore = options.Clock.GetTimestamp() + (long)(options.RetryBackoff.TotalSeconds * options.Clock.TimestampFrequency);
        }

        if (!error.IsRetriable()) errors.Add(KafkaException.For(error, null, $"reading {state.Partition}"));
        return error.IsRetriable();
    }

    private void OutOfRange(PartitionState state)
    {
        // What is buffered was read before the log's end moved: it is returned first, then the same answer comes again.
        if (state.Chunks.Count > 0)
        {
            state.NotBefore = options.Clock.GetTimestamp() + (long)(options.RetryBackoff.TotalSeconds * options.Clock.TimestampFrequency);
            return;
        }

        long lost = state.FetchOffset;
        state.MoveTo(null);
        state.NeedsReset = true;
        if (options.AutoOffsetReset != AutoOffsetReset.None)
        {
            subscription.Changed.Set();
            return;
        }

        state.MoveTo(new OffsetAndEpoch(lost));
        state.NotBefore = options.Clock.GetTimestamp() + (long)(options.RetryBackoffMax.TotalSeconds * options.Clock.TimestampFrequency);
        errors.Add(new KafkaException(ErrorCode.OffsetOutOfRange, $"{state.Partition} has no offset {lost} any more or yet, and {nameof(ConsumerOptions.AutoOffsetReset)} is None: seek elsewhere"));
    }
}
