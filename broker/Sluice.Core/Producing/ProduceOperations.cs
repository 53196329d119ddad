namespace Sluice.Core.Producing;

/// <summary>A shard's finished Produce operations that wait to be used again.</summary>
internal sealed class ProduceOperations(int shardCount)
{
    private readonly Stack<ProduceOperation> _free = new();

    /// <summary>An operation to start a request with.</summary>
    public ProduceOperation Rent() => _free.TryPop(out ProduceOperation? operation) ? operation : new ProduceOperation(this, shardCount);

    /// <summary>Takes a finished operation back.</summary>
    public void Return(ProduceOperation operation)
    {
        if (_free.Count < Limits.PooledOperationsMax) _free.Push(operation);
    }
}
