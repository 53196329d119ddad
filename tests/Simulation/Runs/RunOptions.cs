namespace Simulation.Runs;

/// <summary>What a run is made of; everything else follows from the seed.</summary>
/// <param name="Seed">The source of all chance.</param>
/// <param name="Steps">How many steps the run takes.</param>
/// <param name="Bug">A bug to plant, or none: proves that the run would find it.</param>
/// <param name="Emphasis">What there is to be more of.</param>
internal sealed record RunOptions(ulong Seed, int Steps = RunOptions.DefaultSteps, PlantedBug Bug = PlantedBug.None, Emphasis Emphasis = Emphasis.None)
{
    /// <summary>Enough for several crashes, short enough for many seeds.</summary>
    public const int DefaultSteps = 3000;

    /// <summary>The command that repeats the run.</summary>
    public string Command => $"./simulate --seed {Seed}{(Steps == DefaultSteps ? "" : $" --steps {Steps}")}{(Bug == PlantedBug.None ? "" : $" --bug {Bug}")}{(Emphasis == Emphasis.None ? "" : $" --more {$"{Emphasis}".Replace(" ", "", StringComparison.Ordinal)}")}";
}
