namespace Simulation.Runs;

/// <summary>What a run is to have more of than chance gives it; several can be named at once.</summary>
[Flags]
internal enum Emphasis
{
    /// <summary>Nothing: every kind of trouble by chance.</summary>
    None = 0,

    /// <summary>The disk fills up again and again.</summary>
    FullDisk = 1,

    /// <summary>The members of groups act in every step.</summary>
    Groups = 2,

    /// <summary>Every topic is compacted.</summary>
    Compaction = 4,

    /// <summary>The disk fails again and again.</summary>
    FailingDisk = 8,
}
