namespace Sluice.Network.Scheduling;

/// <summary>Whose requests a <see cref="FairSchedule{TFlow}"/> lets run one after the other: a connection.</summary>
internal interface IFlow
{
    /// <summary>What the schedule knows of it.</summary>
    ref FlowAccount Account { get; }
}

/// <summary>A flow in a <see cref="FairSchedule{TFlow}"/>; all zero for one that is new.</summary>
internal struct FlowAccount
{
    /// <summary>The schedule's virtual time at which what the flow had is paid for; it is in debt while that is in the future.</summary>
    internal long PaidAt;

    /// <summary>Its place among those that wait; 0 when it does not wait.</summary>
    internal long Ticket;

    /// <summary>It lets all others go first: whoever asked may not be there any more.</summary>
    internal bool IsLast;

    /// <summary>The lane that it waits in, or ran from last after it had waited.</summary>
    internal LaneKind Lane;
}

/// <summary>The lanes of a <see cref="FairSchedule{TFlow}"/>.</summary>
internal enum LaneKind
{
    /// <summary>Flows that owe nothing: new ones above all.</summary>
    Newcomers,

    /// <summary>Flows that had more of the loop than others that wanted it.</summary>
    Debtors,
}
