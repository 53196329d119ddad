using Sluice.Core.Partitions;

namespace Sluice.Core.Fetching;

/// <summary>
/// A fetch's place in the list of those that wait for one partition. An append walks only its own partition's list, so what it costs
/// does not grow with the number of fetches that wait elsewhere.
/// </summary>
internal sealed class FetchWait
{
    /// <summary>The part of a fetch that waits.</summary>
    public FetchPart? Part;

    /// <summary>The partition waited for; null while the object is not in a list.</summary>
    public Partition? Partition;

    /// <summary>How many more bytes of this partition could count: its limit, less what was counted already.</summary>
    public long BytesLeft;

    /// <summary>The neighbour before this one in the partition's list.</summary>
    public FetchWait? Previous;

    /// <summary>The neighbour after this one in the partition's list.</summary>
    public FetchWait? Next;
}
