namespace Sluice.Core.Nodes;

/// <summary>What the node found wrong in its data directory since its start, for metrics. Safe from any thread.</summary>
public sealed class DirectoryFindings
{
    private int _strays;
    private int _losses;

    /// <summary>Directories that the metadata does not know and that are kept (<c>-stray</c>), those of earlier starts among them.</summary>
    public int Strays => Volatile.Read(ref _strays);

    /// <summary>Partitions that were found without records that had been flushed.</summary>
    public int PartitionsWithLoss => Volatile.Read(ref _losses);

    internal void CountStray(int more = 1) => Interlocked.Add(ref _strays, more);

    internal void CountLoss() => Interlocked.Increment(ref _losses);
}
