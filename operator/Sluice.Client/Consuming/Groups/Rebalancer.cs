using Sluice.Client.Cluster;

namespace Sluice.Client.Consuming.Groups;

/// <summary>Takes part in rebalances as polls go on: gives up partitions, joins in the background, takes what was given, and tells the listener.</summary>
internal sealed class Rebalancer(GroupMember member, Subscription subscription, Func<CancellationToken, Task> commit, CancellationToken stopping) : IDisposable
{
    private Task<JoinResult>? _join;
    private CancellationTokenSource? _joining;
    private TopicPattern? _pattern;
    private volatile IReadOnlyCollection<string> _topics = [];

    /// <summary>Whether this consumer is to be a member; its topics may be none yet, when no name matches its pattern.</summary>
    public bool IsSubscribed { get; private set; }

    /// <summary>The topics to read; by a pattern, those that matched last.</summary>
    public IReadOnlyCollection<string> Topics => _topics;

    /// <summary>Whether topics are chosen by a pattern, so that metadata of all must be asked for.</summary>
    public bool HasPattern => Volatile.Read(ref _pattern) is not null;

    /// <summary>Whether there is a pattern that was not matched against the cluster's topics yet.</summary>
    public bool AwaitsTopics { get; private set; }

    public IRebalanceListener? Listener { get; private set; }

    /// <summary>Subscribes; the next poll joins.</summary>
    public void Subscribe(IReadOnlyCollection<string> topics, IRebalanceListener? listener)
    {
        Volatile.Write(ref _pattern, null);
        AwaitsTopics = false;
        _topics = topics;
        Start(listener);
    }

    /// <summary>Subscribes to all topics whose names match; a poll joins once it is known which these are.</summary>
    public void Subscribe(TopicPattern pattern, IRebalanceListener? listener)
    {
        AwaitsTopics = true;
        _topics = [];
        Volatile.Write(ref _pattern, pattern);
        Start(listener);
    }

    /// <summary>Takes note of topics that came or went. On any thread, one at a time.</summary>
    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">The pattern took too long.</exception>
    public void Match(ClusterView view)
    {
        if (Volatile.Read(ref _pattern) is not { } pattern) return;
        HashSet<string> matches = pattern.Matches(view);
        if (!AwaitsTopics && matches.SetEquals(_topics)) return;
        _topics = matches;
        AwaitsTopics = false;
        member.Rejoin();
    }

    /// <summary>Does what is due and can be done without waiting for other members.</summary>
    public async ValueTask StepAsync(CancellationToken cancellation)
    {
        while (IsSubscribed && !AwaitsTopics)
        {
            if (member.TakeLost()) await Lose(cancellation).ConfigureAwait(false);
            if (_join is { IsCompleted: true } done)
            {
                _join = null;
                await Take(await done.ConfigureAwait(false), cancellation).ConfigureAwait(false);
                continue;
            }

            if (_join is null && member.NeedsJoin)
            {
                await Prepare(cancellation).ConfigureAwait(false);
                _joining?.Dispose();
                _joining = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                _join = member.JoinAsync(Topics, [.. subscription.Assigned], _joining.Token);
                continue;
            }

            return;
        }
    }

    /// <summary>Gives everything up: the consumer unsubscribes or closes.</summary>
    public async Task EndAsync(CancellationToken cancellation)
    {
        IsSubscribed = AwaitsTopics = false;
        Volatile.Write(ref _pattern, null);
        _topics = [];
        await GiveUpJoining().ConfigureAwait(false);
        if (member.TakeLost()) await Lose(cancellation).ConfigureAwait(false);
        else await Revoke([.. subscription.Assigned], cancellation).ConfigureAwait(false);
        Listener = null;
    }

    /// <summary>A rebalance that still runs must not make a member of a consumer that has left.</summary>
    private async Task GiveUpJoining()
    {
        if (_join is not { } join) return;
        _join = null;
        await _joining!.CancelAsync().ConfigureAwait(false);
        try
        {
            await join.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or KafkaException or BrokerUnreachableException)
        {
            // Leaving tells the coordinator, whatever came of joining.
        }
    }

    public void Dispose() => _joining?.Dispose();

    private void Start(IRebalanceListener? listener)
    {
        Listener = listener;
        IsSubscribed = true;
        member.Rejoin();
    }

    private async Task Prepare(CancellationToken cancellation)
    {
        IReadOnlyCollection<TopicPartition> owned = subscription.Assigned;
        if (owned.Count == 0) return;
        await commit(cancellation).ConfigureAwait(false);
        // Cooperative members keep reading while the others come.
        if (!member.IsCooperative) await Revoke([.. owned], cancellation).ConfigureAwait(false);
    }

    private async Task Take(JoinResult result, CancellationToken cancellation)
    {
        if (result.LostOwned) await Lose(cancellation).ConfigureAwait(false);
        HashSet<TopicPartition> given = [.. result.Partitions];
        HashSet<TopicPartition> owned = [.. subscription.Assigned];
        List<TopicPartition> gone = [.. owned.Where(p => !given.Contains(p)).Order()];
        if (gone.Count > 0)
        {
            await commit(cancellation).ConfigureAwait(false);
            await Revoke(gone, cancellation).ConfigureAwait(false);
            // Now that they are free, another rebalance gives them to their new owners (KIP-429).
            if (member.IsCooperative) member.Rejoin();
        }

        subscription.Assign(given);
        if (Listener is { } listener) await listener.OnAssignedAsync([.. given.Where(p => !owned.Contains(p)).Order()], cancellation).ConfigureAwait(false);
    }

    private async Task Revoke(List<TopicPartition> partitions, CancellationToken cancellation)
    {
        if (partitions.Count == 0) return;
        if (Listener is { } listener) await listener.OnRevokedAsync(partitions, cancellation).ConfigureAwait(false);
        subscription.Assign(subscription.Assigned.Except(partitions));
    }

    private async Task Lose(CancellationToken cancellation)
    {
        List<TopicPartition> lost = [.. subscription.Assigned.Order()];
        subscription.Assign([]);
        if (lost.Count > 0 && Listener is { } listener) await listener.OnLostAsync(lost, cancellation).ConfigureAwait(false);
    }
}
