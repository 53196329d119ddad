namespace Benchmarks.Workloads;

/// <summary>One thing that is measured of every broker in the same way.</summary>
/// <param name="name">The argument that chooses it.</param>
/// <param name="summary">One line for the list.</param>
internal abstract class Workload(string name, string summary)
{
    internal string Name { get; } = name;

    internal string Summary { get; } = summary;

    /// <summary>How often a round measures for <see cref="Options.Seconds"/>.</summary>
    internal abstract int IntervalsARound(int systems);

    /// <summary>What it takes besides, in seconds, about.</summary>
    internal abstract double OtherSeconds(int systems, int rounds);

    internal abstract void Run(BenchRun run);
}
