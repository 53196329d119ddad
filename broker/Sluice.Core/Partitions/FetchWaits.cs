using Sluice.Core.Fetching;
using Sluice.Core.Shards;

namespace Sluice.Core.Partitions;

/// <summary>The fetches that wait for one partition, as a list linked through their <see cref="FetchWait"/>s.</summary>
internal struct FetchWaits
{
    private FetchWait? _first;

    /// <summary>Whether nobody waits.</summary>
    public readonly bool IsEmpty => _first is null;

    /// <summary>Adds a fetch.</summary>
    public void Add(FetchWait wait, Partition partition)
    {
        wait.Partition = partition;
        wait.Previous = null;
        wait.Next = _first;
        if (_first is not null) _first.Previous = wait;
        _first = wait;
    }

    /// <summary>Takes a fetch out.</summary>
    public void Remove(FetchWait wait)
    {
        if (wait.Previous is null) _first = wait.Next;
        else wait.Previous.Next = wait.Next;
        if (wait.Next is not null) wait.Next.Previous = wait.Previous;
        wait.Previous = wait.Next = null;
        wait.Partition = null;
        wait.Part = null;
    }

    /// <summary>Tells all of them that bytes became visible.</summary>
    public readonly void BytesAppended(Shard shard, long bytes)
    {
        for (FetchWait? wait = _first; wait is not null; wait = wait.Next) wait.Part!.BytesAppended(shard, wait, bytes);
    }

    /// <summary>Tells all of them that the client must learn of a change now.</summary>
    public readonly void MustAnswer(Shard shard)
    {
        for (FetchWait? wait = _first; wait is not null; wait = wait.Next) wait.Part!.MustAnswer(shard);
    }
}
