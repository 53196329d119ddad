namespace Simulation.Disks;

/// <summary>A file or a directory of the simulated disk, whatever names lead to it.</summary>
internal abstract class SimNode;

/// <summary>A directory: the names as the running process sees them, and as they would be after a loss of power.</summary>
internal sealed class SimDirectory : SimNode
{
    /// <summary>What the process sees.</summary>
    public SortedDictionary<string, SimNode> Entries { get; private set; } = new(StringComparer.Ordinal);

    /// <summary>What is safe from a loss of power.</summary>
    public SortedDictionary<string, SimNode> Durable { get; } = new(StringComparer.Ordinal);

    /// <summary>Power was lost: what was durable is all that there is.</summary>
    public void FallBack() => Entries = new SortedDictionary<string, SimNode>(Durable, StringComparer.Ordinal);
}
