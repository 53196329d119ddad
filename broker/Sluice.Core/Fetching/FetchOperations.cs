namespace Sluice.Core.Fetching;

/// <summary>A shard's fetches: its sessions, and the finished operations that wait to be used again.</summary>
internal sealed class FetchOperations
{
    private readonly Stack<FetchOperation> _free = new();
    private readonly int _shardCount;

    /// <param name="sessions">The shard's fetch sessions.</param>
    /// <param name="shardCount">How many shards there are.</param>
    public FetchOperations(FetchSessionCache sessions, int shardCount)
    {
        Sessions = sessions;
        _shardCount = shardCount;
    }

    /// <summary>The shard's fetch sessions.</summary>
    public FetchSessionCache Sessions { get; }

    /// <summary>An operation to start a request with.</summary>
    public FetchOperation Rent() => _free.TryPop(out FetchOperation? operation) ? operation : new FetchOperation(this, _shardCount);

    /// <summary>Takes a finished operation back.</summary>
    public void Return(FetchOperation operation)
    {
        if (_free.Count < Limits.PooledOperationsMax) _free.Push(operation);
    }
}
