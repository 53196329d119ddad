namespace Sluice.Core.Fetching;

/// <summary>
/// A shard's fetch sessions, bounded in number. A session's id tells its shard (id modulo the number of shards), so that a client that
/// reconnects to another shard can still close it there. When the cache is full, KIP-227's rules decide who goes: a session unused for
/// two minutes, else one that is older than two minutes and smaller than the newcomer; otherwise the newcomer fetches without a session.
/// </summary>
internal sealed class FetchSessionCache
{
    /// <summary>How long a session is safe from eviction after its creation or last use, in milliseconds (KIP-227).</summary>
    public const long EvictionMs = 120_000;

    private readonly Dictionary<int, FetchSession> _sessions = [];
    private readonly int _slots;
    private readonly int _shard;
    private readonly int _shardCount;
    private readonly Random _random;
    private FetchSession? _oldest;
    private FetchSession? _newest;

    /// <param name="slots">How many sessions this shard holds at most.</param>
    /// <param name="shard">The shard's number.</param>
    /// <param name="shardCount">How many shards there are.</param>
    /// <param name="random">Where ids come from: they must not be guessed by chance.</param>
    public FetchSessionCache(int slots, int shard, int shardCount, Random random)
    {
        _slots = slots;
        _shard = shard;
        _shardCount = shardCount;
        _random = random;
    }

    /// <summary>How many sessions are held.</summary>
    public int Count => _sessions.Count;

    /// <summary>How many sessions were evicted since the start.</summary>
    public long Evictions { get; private set; }

    /// <summary>The shard that holds a session, by its id.</summary>
    public static int ShardOf(int sessionId, int shardCount) => (int)((uint)sessionId % (uint)shardCount);

    /// <summary>The session of an id; null when it is not here or no more.</summary>
    public FetchSession? Find(int id) => _sessions.GetValueOrDefault(id);

    /// <summary>Ends a session; does nothing when there is none of that id.</summary>
    public void Remove(int id)
    {
        if (_sessions.Remove(id, out FetchSession? session)) Unlink(session);
    }

    /// <summary>Marks a session as used now.</summary>
    public void Touch(FetchSession session, long nowMs)
    {
        session.LastUsedMs = nowMs;
        Unlink(session);
        LinkNewest(session);
    }

    /// <summary>Makes room for a session of <paramref name="size"/> partitions and creates it; null when the cache is full of better ones.</summary>
    public FetchSession? TryCreate(int size, bool usesTopicIds, long nowMs)
    {
        if (_sessions.Count >= _slots && !TryEvict(size, nowMs)) return null;
        var session = new FetchSession(NewId(), usesTopicIds, nowMs);
        _sessions.Add(session.Id, session);
        LinkNewest(session);
        return session;
    }

    private bool TryEvict(int size, long nowMs)
    {
        FetchSession? victim = _oldest;
        if (victim is null) return false;
        if (nowMs - victim.LastUsedMs <= EvictionMs)
        {
            victim = null;
            for (FetchSession? session = _oldest; session is not null; session = session.Newer)
            {
                if (nowMs - session.CreatedMs > EvictionMs && session.Count < size && (victim is null || session.Count < victim.Count)) victim = session;
            }
            if (victim is null) return false;
        }
        Remove(victim.Id);
        Evictions++;
        return true;
    }

    private int NewId()
    {
        while (true)
        {
            int id = _random.Next(1, int.MaxValue - _shardCount);
            id += (_shard - ShardOf(id, _shardCount) + _shardCount) % _shardCount;
            if (id > 0 && !_sessions.ContainsKey(id)) return id;
        }
    }

    private void LinkNewest(FetchSession session)
    {
        session.Older = _newest;
        session.Newer = null;
        if (_newest is null) _oldest = session;
        else _newest.Newer = session;
        _newest = session;
    }

    private void Unlink(FetchSession session)
    {
        if (session.Older is null) _oldest = session.Newer;
        else session.Older.Newer = session.Newer;
        if (session.Newer is null) _newest = session.Older;
        else session.Newer.Older = session.Older;
        session.Older = session.Newer = null;
    }
}
