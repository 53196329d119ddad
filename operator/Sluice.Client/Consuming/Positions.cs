using Sluice.Client.Cluster;
using Sluice.Client.Consuming.Groups;
using Sluice.Protocol;

namespace Sluice.Client.Consuming;

/// <summary>
/// Finds where to begin in partitions that have no position (the committed offset, else by the reset rule), and checks those whose
/// leader is another one than when they were read.
/// </summary>
internal sealed class Positions(
    ConsumerOptions options, ClusterClient cluster, Subscription subscription, GroupOffsets? group, Func<Task> refreshMetadata, Action found)
{
    private readonly TruncationCheck _check = new(options, cluster, subscription);
    private Task _running = Task.CompletedTask;

    /// <summary>Starts looking when something has no position; errors come out at the next call.</summary>
    /// <exception cref="KafkaException">There is no committed offset and the rule is None, or the group may not be read.</exception>
    public void Ensure(CancellationToken stopping)
    {
        if (!_running.IsCompleted) return;
        Task last = _running;
        _running = Task.CompletedTask;
        if (last.Exception is { } failed) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failed.InnerException!);
        if (Missing().Count > 0) _running = Task.Run(() => Find(stopping), stopping);
    }

    private List<(PartitionState State, int Generation)> Missing()
    {
        // A partition that was given a position still needs a leader to read it from.
        ClusterView view = cluster.View;
        lock (subscription.Lock)
            return [.. subscription.States.Where(s => s.Position is null || view.Partition(s.Partition) is not { Leader: >= 0 } leader || s.NeedsCheck(leader.LeaderEpoch)).Select(s => (s, s.Generation))];
    }

    private async Task Find(CancellationToken stopping)
    {
        Backoff backoff = Backoff.Of(options);
        try
        {
            for (int failures = 1; Missing() is { Count: > 0 } missing; failures++)
            {
                if (missing.Exists(m => cluster.View.Partition(m.State.Partition) is not { Leader: >= 0 })) await refreshMetadata().ConfigureAwait(false);
                await UseCommitted(missing, stopping).ConfigureAwait(false);
                await UseReset(missing, stopping).ConfigureAwait(false);
                await _check.RunAsync(stopping).ConfigureAwait(false);
                found();
                if (Missing().Count == 0) break;
                await Task.Delay(backoff.After(failures), options.Clock, stopping).ConfigureAwait(false);
                await refreshMetadata().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The consumer is closed.
        }
        finally
        {
            subscription.Changed.Set();
        }
    }

    private async Task UseCommitted(List<(PartitionState State, int Generation)> missing, CancellationToken stopping)
    {
        if (group is null)
        {
            lock (subscription.Lock) missing.ForEach(m => m.State.NeedsReset |= m.State.Position is null);
            return;
        }

        List<(PartitionState State, int Generation)> asked = missing.FindAll(m => m.State.Position is null && !m.State.NeedsReset);
        if (asked.Count == 0) return;
        Dictionary<TopicPartition, OffsetAndEpoch?> committed =
            await group.FetchAsync([.. asked.Select(m => m.State.Partition)], options.RequestTimeout, stopping).ConfigureAwait(false);
        foreach ((PartitionState state, int generation) in asked)
        {
            OffsetAndEpoch? offset = committed.GetValueOrDefault(state.Partition);
            lock (subscription.Lock)
            {
                if (state.Generation != generation) continue;
                if (offset is null) state.NeedsReset = true;
                else state.MoveTo(offset);
            }
        }
    }

    /// <summary>Looks offsets up by the reset rule.</summary>
    private async Task UseReset(List<(PartitionState State, int Generation)> missing, CancellationToken stopping)
    {
        var wanted = new Dictionary<TopicPartition, long>();
        var states = new Dictionary<TopicPartition, (PartitionState State, int Generation)>();
        lock (subscription.Lock)
        {
            foreach (PartitionState state in missing.Select(m => m.State).Where(s => s.Position is null && s.NeedsReset))
            {
                AutoOffsetReset rule = state.ResetTo ?? options.AutoOffsetReset;
                if (rule == AutoOffsetReset.None)
                    throw new KafkaException(ErrorCode.OffsetNotAvailable, $"group '{options.GroupId}' has no committed offset for {state.Partition}, and {nameof(ConsumerOptions.AutoOffsetReset)} is None: seek first");
                wanted[state.Partition] = rule == AutoOffsetReset.Earliest ? OffsetLookup.Earliest : OffsetLookup.Latest;
                states[state.Partition] = (state, state.Generation);
            }
        }

        if (wanted.Count == 0) return;
        ClusterView view = cluster.View;
        Dictionary<TopicPartition, OffsetLookup.Found> answers = await OffsetLookup
            .AskAsync(cluster, wanted, options.IsolationLevel, (int)options.RequestTimeout.TotalMilliseconds, stopping).ConfigureAwait(false);
        foreach ((TopicPartition partition, (PartitionState state, int generation)) in states)
        {
            OffsetLookup.Found answer = answers.GetValueOrDefault(partition, new OffsetLookup.Found(ErrorCode.UnknownTopicOrPartition, -1, -1, -1));
            if (answer.Error is not ErrorCode.None && !answer.Error.IsRetriable()) throw KafkaException.For(answer.Error, null, $"looking up an offset of {partition}");
            lock (subscription.Lock)
            {
                if (answer.Error != ErrorCode.None || state.Generation != generation) continue;
                state.MoveTo(new OffsetAndEpoch(answer.Offset, answer.LeaderEpoch));
                // The leader itself said so just now.
                state.CheckedEpoch = view.Partition(partition)?.LeaderEpoch ?? -1;
            }
        }
    }
}
