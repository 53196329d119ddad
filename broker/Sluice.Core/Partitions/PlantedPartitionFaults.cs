namespace Sluice.Core.Partitions;

/// <summary>Bugs that brokers have had with their partitions, or could. The simulator plants them to prove that it would find their like.</summary>
[Flags]
internal enum PlantedPartitionFault
{
    None = 0,
    DeletesBeyondHighWatermark = 1,
    DeletesAllToLogEnd = 2,
    FlushWakesNoFetch = 4,
    DeletionWakesNoFetch = 8,
    SettingsNotInOpenLog = 16,
    SettingsOfFirstPartitionOnly = 32,
    DroppedRecordsNotReleased = 64,
    FewRecordsNotReleased = 128,
    FilesOfSegmentsStay = 256,
    DirectoriesOfTopicsStay = 512,
    LatestIsLogEnd = 1024,
    TimesBeyondHighWatermark = 2048,
    RepeatedDeletionNotWritten = 4096,
    DeletionAnsweredBeforeCheckpoint = 8192,
    OneRecordTooManyUnflushed = 16384,
    RetentionStops = 32768,
    FlushTimerForgotten = 65536,
    SegmentsRollLate = 131072,
}

/// <summary>
/// The switch of the planted bugs: of the thread, so that simulations may run side by side, and off in every other process. Asked for what
/// administrators do, for timers, for waits and for what a fetch drops; never for a record that a client produces or fetches.
/// </summary>
internal static class PlantedPartitionFaults
{
    [ThreadStatic]
    private static PlantedPartitionFault _active;

    /// <summary>Plants bugs in what this thread runs from here on.</summary>
    public static void Plant(PlantedPartitionFault faults) => _active = faults;

    public static bool Has(PlantedPartitionFault fault) => (_active & fault) != 0;
}
