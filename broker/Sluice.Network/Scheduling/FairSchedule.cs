namespace Sluice.Network.Scheduling;

/// <summary>
/// Shares a loop between its clients' work, which never waits, and requests that may take the loop long, which are run in turns beside it:
/// start-time fair queueing (Goyal, Vin, Cheng, 1996) by the time that each flow had. Of those that wait the one goes first that has had
/// least, so that one who asks little does not wait behind a crowd that asks for much. Flows that owe nothing, as new ones, have a lane of
/// their own with up to two thirds of the loop; those that had more than others get a tenth. Neither lane makes the other wait,
/// and where there is no work both run as they can. Pure: time comes from outside, in ticks.
/// </summary>
internal sealed class FairSchedule<TFlow>
    where TFlow : class, IFlow
{
    private const double NewcomersRest = 0.5;
    private const double DebtorsRest = 9;

    /// <summary>How often a lane runs at least, however long its requests take.</summary>
    private const double RunsASecondMin = 4;

    private readonly Lane<TFlow> _newcomers;
    private readonly Lane<TFlow> _debtors;

    /// <summary>What a flow owes for a single run at most: who once asked for too much does not wait until all others had as much.</summary>
    private readonly long _debtMax;

    private long _virtualTime;
    private long _work;
    private long _lastTicket;

    /// <param name="ticksASecond">What a tick is.</param>
    internal FairSchedule(long ticksASecond)
    {
        _debtMax = (long)(ticksASecond / RunsASecondMin / (DebtorsRest + 1));
        long restMax = (long)(_debtMax * DebtorsRest);
        _newcomers = new Lane<TFlow>(NewcomersRest, restMax);
        _debtors = new Lane<TFlow>(DebtorsRest, restMax);
    }

    /// <summary>Flows that wait.</summary>
    internal int Waiting => _newcomers.Waiting + _debtors.Waiting;

    /// <summary>When the next of those that wait may run; <see cref="long.MaxValue"/> when none waits.</summary>
    internal long NextAt => Math.Min(NextOf(_newcomers), NextOf(_debtors));

    /// <summary>Notes work: requests that do not wait for their turn.</summary>
    internal void Worked(long ticks) => _work += ticks;

    /// <summary>Whether a request of the flow may run at once; else it must <see cref="Wait"/>.</summary>
    internal bool MayRun(TFlow flow, long now)
    {
        flow.Account.Lane = LaneFor(flow);
        Lane<TFlow> lane = LaneOf(flow);
        return lane.Waiting == 0 && lane.OpensAt <= now;
    }

    /// <summary>The flow waits for its turn, if it does not yet.</summary>
    internal void Wait(TFlow flow)
    {
        ref FlowAccount account = ref flow.Account;
        if (account.Ticket != 0) return;
        account.Lane = LaneFor(flow);
        account.Ticket = ++_lastTicket;
        LaneOf(flow).Add(Rank(account), account.Ticket, flow);
    }

    /// <summary>The flow does not wait any more.</summary>
    internal void Leave(TFlow flow)
    {
        ref FlowAccount account = ref flow.Account;
        if (account.Ticket == 0) return;
        LaneOf(flow).Remove(Rank(account), account.Ticket, flow);
        account.Ticket = 0;
    }

    /// <summary>Whoever asked may not wait any more: the flow lets all others of its lane go first, from now on.</summary>
    internal void GoLast(TFlow flow)
    {
        bool waits = flow.Account.Ticket != 0;
        Leave(flow);
        flow.Account.IsLast = true;
        if (waits) Wait(flow);
    }

    /// <summary>One that waits and lets all others go first; null when there is none.</summary>
    internal TFlow? Last => _newcomers.Last ?? _debtors.Last;

    /// <summary>Takes out the flow whose turn it is; null when none may run yet. <see cref="Ran"/> is told what it took.</summary>
    internal TFlow? Next(long now)
    {
        // The lane that has been open for longer.
        Lane<TFlow> lane = NextOf(_newcomers) <= NextOf(_debtors) ? _newcomers : _debtors;
        if (NextOf(lane) > now) return null;
        TFlow next = lane.TakeFirst();
        next.Account.Ticket = 0;
        return next;
    }

    /// <summary>A request of the flow ran, at once or when its turn came.</summary>
    internal void Ran(TFlow flow, long ticks, long now)
    {
        ref FlowAccount account = ref flow.Account;
        if (account.Lane == LaneKind.Debtors) _virtualTime = Math.Max(_virtualTime, account.PaidAt);
        Charge(ref account, ticks);
        LaneOf(flow).Ran(ticks, now, _work);
    }

    /// <summary>What the flow's last request brought about took more of the loop.</summary>
    internal void RanOn(TFlow flow, long ticks, long now)
    {
        // While it waits its place stays as it is.
        if (flow.Account.Ticket == 0) Charge(ref flow.Account, ticks);
        LaneOf(flow).RanOn(ticks, now);
    }

    private void Charge(ref FlowAccount account, long ticks) => account.PaidAt = Math.Max(_virtualTime, account.PaidAt) + Math.Min(ticks, _debtMax);

    private LaneKind LaneFor(TFlow flow) => flow.Account.PaidAt <= _virtualTime ? LaneKind.Newcomers : LaneKind.Debtors;

    private Lane<TFlow> LaneOf(TFlow flow) => flow.Account.Lane == LaneKind.Newcomers ? _newcomers : _debtors;

    /// <summary>Newcomers run in the order in which they came.</summary>
    private static long Rank(in FlowAccount account) => account.IsLast ? long.MaxValue : account.Lane == LaneKind.Newcomers ? 0 : account.PaidAt;

    private static long NextOf(Lane<TFlow> lane) => lane.Waiting == 0 ? long.MaxValue : lane.OpensAt;
}
