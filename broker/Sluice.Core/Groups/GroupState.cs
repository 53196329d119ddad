namespace Sluice.Core.Groups;

/// <summary>Where a group of the classic protocol is in its life; the names are what clients are shown.</summary>
public enum GroupState
{
    /// <summary>Without members; it may have offsets.</summary>
    Empty,

    /// <summary>Waiting for its members to join the next generation.</summary>
    PreparingRebalance,

    /// <summary>The generation is known; waiting for the leader's assignment.</summary>
    CompletingRebalance,

    /// <summary>Every member can have its assignment.</summary>
    Stable,

    /// <summary>Deleted, or no longer of this coordinator: nothing changes any more.</summary>
    Dead,
}

/// <summary>Which state may follow which: the whole of a group's life in one table.</summary>
internal static class GroupTransitions
{
    private static readonly GroupState[][] Before =
    [
        /* Empty */ [GroupState.PreparingRebalance],
        /* PreparingRebalance */ [GroupState.Stable, GroupState.CompletingRebalance, GroupState.Empty],
        /* CompletingRebalance */ [GroupState.PreparingRebalance],
        /* Stable */ [GroupState.CompletingRebalance],
        /* Dead */ [GroupState.Stable, GroupState.PreparingRebalance, GroupState.CompletingRebalance, GroupState.Empty, GroupState.Dead],
    ];

    /// <summary>Whether a group may go from one state to another.</summary>
    public static bool Allows(GroupState from, GroupState to) => Array.IndexOf(Before[(int)to], from) >= 0;
}
