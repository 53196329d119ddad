namespace Sluice.Network.Scheduling;

/// <summary>
/// Flows that wait for a share of a loop: the lane opens, one of them runs, and the lane rests for a multiple of what that took.
/// </summary>
/// <param name="restFactor">How long the lane rests, in times of what ran.</param>
/// <param name="restMax">The longest rest, in ticks.</param>
internal sealed class Lane<TFlow>(double restFactor, long restMax)
    where TFlow : class, IFlow
{
    /// <summary>
    /// Who works at all gets the whole of the rest, who hardly does gets little: a rest is at most so many times the work that there was
    /// since the lane ran before. (Clients that wait for their answers ask the less the less they get, so that little work is no sign that
    /// they do not want more.)
    /// </summary>
    private const int RestForWorkMax = 20;

    private readonly SortedSet<Entry> _waiting = new(Comparer<Entry>.Create(static (a, b) => a.PaidAt != b.PaidAt ? a.PaidAt.CompareTo(b.PaidAt) : a.Ticket.CompareTo(b.Ticket)));
    private long _ticks;
    private long _workSeen;
    private long _workBetween;

    /// <summary>When the next one may run.</summary>
    internal long OpensAt { get; private set; }

    internal int Waiting => _waiting.Count;

    internal void Add(long paidAt, long ticket, TFlow flow) => _waiting.Add(new Entry(paidAt, ticket, flow));

    internal void Remove(long paidAt, long ticket, TFlow flow) => _waiting.Remove(new Entry(paidAt, ticket, flow));

    /// <summary>The one that has paid first, of several the one that has waited longest.</summary>
    internal TFlow TakeFirst()
    {
        Entry first = _waiting.Min;
        _waiting.Remove(first);
        return first.Flow;
    }

    /// <summary>The one that comes last, if it is one that lets all others go first.</summary>
    internal TFlow? Last => _waiting.Count > 0 && _waiting.Max.Flow.Account.IsLast ? _waiting.Max.Flow : null;

    /// <summary>One ran.</summary>
    /// <param name="ticks">What it took.</param>
    /// <param name="now">When it ended.</param>
    /// <param name="work">All the work that there ever was.</param>
    internal void Ran(long ticks, long now, long work)
    {
        _ticks = ticks;
        _workBetween = work - _workSeen;
        _workSeen = work;
        Rest(now);
    }

    /// <summary>What ran last has cost more.</summary>
    internal void RanOn(long ticks, long now)
    {
        _ticks += ticks;
        Rest(now);
    }

    private void Rest(long now) => OpensAt = now + Math.Min(restMax, Math.Min((long)(_ticks * restFactor), _workBetween * RestForWorkMax));

    private readonly record struct Entry(long PaidAt, long Ticket, TFlow Flow);
}
