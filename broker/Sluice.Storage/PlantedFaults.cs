namespace Sluice.Storage;

/// <summary>Bugs that logs have really had. The simulator plants them to prove that it would find their like.</summary>
[Flags]
internal enum PlantedFault
{
    None = 0,
    RecoverySkipsChecksums = 1,
    ProducersForgotten = 2,
    DuplicatesOfFourBatches = 4,
    RollOffByOne = 8,
    SwapAfterDeletion = 16,
    CleanedNotFlushed = 32,
    TombstonesDroppedEarly = 64,
    StartOffsetInherited = 128,
    CleanerOffsetInherited = 256,
    OlderPartitionStillWrites = 512,
}

/// <summary>
/// The switch of the planted bugs: of the thread, so that simulations may run side by side, and off in every other process. Asked only
/// where a log is opened, recovered, rolled or swapped, where a checkpoint is written, and where a producer is new; never for a record or a batch.
/// </summary>
internal static class PlantedFaults
{
    [ThreadStatic]
    private static PlantedFault _active;

    /// <summary>Plants bugs in what this thread runs from here on.</summary>
    public static void Plant(PlantedFault faults) => _active = faults;

    public static bool Has(PlantedFault fault) => (_active & fault) != 0;
}
