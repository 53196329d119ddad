namespace Sluice.Core.Groups;

/// <summary>Bugs that coordinators of groups have had, or could. The simulator plants them to prove that it would find their like.</summary>
[Flags]
internal enum PlantedGroupFault
{
    None = 0,
    AnswersBeforeTheLog = 1,
    CommitsOfOldGenerations = 2,
    LoadingEndsEarly = 4,
    HeartbeatsDoNotCount = 8,
    SilentMembersStay = 16,
    OffsetsExpireEarly = 32,
    OffsetsNeverExpire = 64,
}

/// <summary>
/// The switch of the planted bugs: of the thread, so that simulations may run side by side, and off in every other process. Asked for
/// commits, heartbeats and rebalances; never for a record that a client produces or fetches.
/// </summary>
internal static class PlantedGroupFaults
{
    [ThreadStatic]
    private static PlantedGroupFault _active;

    /// <summary>Plants bugs in what this thread runs from here on.</summary>
    public static void Plant(PlantedGroupFault faults) => _active = faults;

    public static bool Has(PlantedGroupFault fault) => (_active & fault) != 0;
}
