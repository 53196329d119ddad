using Sluice.Protocol.Messages;

namespace Sluice.Core.Fetching;

/// <summary>
/// An incremental fetch session (KIP-227): the partitions that a client fetches, so that it sends and is sent only what changed. The
/// order of its targets rotates: those that gave data go to the end, so that a full answer never starves the rest.
/// </summary>
internal sealed class FetchSession
{
    private readonly Dictionary<FetchTargetKey, FetchTarget> _targets = [];

    /// <param name="id">The session's id, positive.</param>
    /// <param name="usesTopicIds">Whether its requests name topics by id (version 13 and later).</param>
    /// <param name="nowMs">The shard's monotonic time.</param>
    public FetchSession(int id, bool usesTopicIds, long nowMs)
    {
        Id = id;
        UsesTopicIds = usesTopicIds;
        CreatedMs = nowMs;
        LastUsedMs = nowMs;
    }

    /// <summary>The id that the client gives with each request of the session.</summary>
    public int Id { get; }

    /// <summary>Whether the session's requests name topics by id; one session cannot mix both.</summary>
    public bool UsesTopicIds { get; }

    /// <summary>The epoch that the next request must carry.</summary>
    public int Epoch { get; set; } = 1;

    /// <summary>When the session began, in monotonic milliseconds.</summary>
    public long CreatedMs { get; }

    /// <summary>When the session was last used, in monotonic milliseconds.</summary>
    public long LastUsedMs { get; set; }

    /// <summary>How many partitions the session holds.</summary>
    public int Count => _targets.Count;

    /// <summary>The first target in order; the others follow by <see cref="FetchTarget.Next"/>.</summary>
    public FetchTarget? First { get; private set; }

    /// <summary>The last target in order.</summary>
    public FetchTarget? Last { get; private set; }

    /// <summary>The less recently used neighbour in the cache.</summary>
    internal FetchSession? Older;

    /// <summary>The more recently used neighbour in the cache.</summary>
    internal FetchSession? Newer;

    /// <summary>The epoch that follows another: from 1 to the largest number and round again, 0 and below having meanings of their own.</summary>
    public static int NextEpoch(int epoch) => epoch < 0 ? -1 : epoch == int.MaxValue ? 1 : epoch + 1;

    /// <summary>Takes over what a request adds, changes and forgets.</summary>
    public void Update(FetchRequest request)
    {
        foreach (FetchRequest.FetchTopic topic in request.Topics)
        {
            foreach (FetchRequest.FetchPartition partition in topic.Partitions) Put(topic, partition);
        }
        foreach (FetchRequest.ForgottenTopic topic in request.ForgottenTopicsData)
        {
            foreach (int partition in topic.Partitions) Remove(topic, partition);
        }
    }

    /// <summary>Takes a target in, at the end of the order; one that is there already keeps its place.</summary>
    public void Adopt(FetchTarget target)
    {
        if (_targets.TryAdd(target.Key, target)) Append(target);
    }

    /// <summary>Moves a target to the end of the order.</summary>
    public void MoveToEnd(FetchTarget target)
    {
        // The target may have been forgotten by a later request while its answer was under way.
        if (target == Last || !_targets.TryGetValue(target.Key, out FetchTarget? held) || held != target) return;
        Unlink(target);
        Append(target);
    }

    private void Put(FetchRequest.FetchTopic topic, FetchRequest.FetchPartition partition)
    {
        var key = new FetchTargetKey(topic.TopicId, UsesTopicIds ? null : topic.Topic, partition.Partition);
        if (!_targets.TryGetValue(key, out FetchTarget? target))
        {
            target = new FetchTarget();
            target.Set(topic, partition);
            _targets.Add(key, target);
            Append(target);
            return;
        }
        target.Set(topic, partition);
    }

    private void Remove(FetchRequest.ForgottenTopic topic, int partition)
    {
        if (_targets.Remove(new FetchTargetKey(topic.TopicId, UsesTopicIds ? null : topic.Topic, partition), out FetchTarget? target)) Unlink(target);
    }

    private void Append(FetchTarget target)
    {
        target.Previous = Last;
        target.Next = null;
        if (Last is null) First = target;
        else Last.Next = target;
        Last = target;
    }

    private void Unlink(FetchTarget target)
    {
        if (target.Previous is null) First = target.Next;
        else target.Previous.Next = target.Next;
        if (target.Next is null) Last = target.Previous;
        else target.Next.Previous = target.Previous;
        target.Previous = target.Next = null;
    }
}
