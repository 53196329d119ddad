namespace Sluice.Core.Shards;

/// <summary>
/// A shard's timers: a binary heap by deadline, then by order of scheduling. Scheduling, moving and cancelling cost O(log n), looking
/// at the next deadline O(1).
/// </summary>
public sealed class TimerQueue
{
    /// <summary>A timer that is meant for later than this many milliseconds is set for then, and fires now and then for nothing.</summary>
    public const long DelayMaxMs = 24 * 60 * 60 * 1000;

    private ShardTimer[] _heap = new ShardTimer[64];
    private int _count;
    private long _order;

    /// <summary>How many timers wait.</summary>
    public int Count => _count;

    /// <summary>The earliest deadline, in milliseconds of the shard's monotonic clock; <see cref="long.MaxValue"/> when no timer waits.</summary>
    public long NextDeadlineMs => _count == 0 ? long.MaxValue : _heap[0].DeadlineMs;

    /// <summary>Arms a timer, or moves it when it is armed already.</summary>
    /// <param name="timer">A timer of this shard.</param>
    /// <param name="deadlineMs">When it fires, in milliseconds of <see cref="Shard.MonotonicMs"/>.</param>
    public void Schedule(ShardTimer timer, long deadlineMs)
    {
        if (timer.IsScheduled) Cancel(timer);
        timer.DeadlineMs = deadlineMs;
        timer.Order = _order++;
        if (_count == _heap.Length) Array.Resize(ref _heap, _count * 2);
        Place(timer, _count++);
        SiftUp(timer.HeapIndex);
    }

    /// <summary>Disarms a timer; does nothing when it is not armed.</summary>
    public void Cancel(ShardTimer timer)
    {
        int index = timer.HeapIndex;
        if (index < 0) return;
        timer.HeapIndex = -1;
        ShardTimer last = _heap[--_count];
        _heap[_count] = null!;
        if (index == _count) return;
        Place(last, index);
        SiftDown(index);
        SiftUp(last.HeapIndex);
    }

    /// <summary>Fires what is due. A timer that schedules itself again for a time that has passed waits for the next call.</summary>
    internal void FireDue(Shard shard, long nowMs)
    {
        long limit = _order;
        while (_count > 0 && _heap[0].DeadlineMs <= nowMs && _heap[0].Order < limit)
        {
            ShardTimer timer = _heap[0];
            Cancel(timer);
            timer.Fire(shard);
        }
    }

    private static bool Before(ShardTimer a, ShardTimer b) =>
        a.DeadlineMs != b.DeadlineMs ? a.DeadlineMs < b.DeadlineMs : a.Order < b.Order;

    private void Place(ShardTimer timer, int index)
    {
        _heap[index] = timer;
        timer.HeapIndex = index;
    }

    private void SiftUp(int index)
    {
        ShardTimer timer = _heap[index];
        while (index > 0)
        {
            int parent = (index - 1) / 2;
            if (!Before(timer, _heap[parent])) break;
            Place(_heap[parent], index);
            index = parent;
        }
        Place(timer, index);
    }

    private void SiftDown(int index)
    {
        ShardTimer timer = _heap[index];
        while (true)
        {
            int child = index * 2 + 1;
            if (child >= _count) break;
            if (child + 1 < _count && Before(_heap[child + 1], _heap[child])) child++;
            if (!Before(_heap[child], timer)) break;
            Place(_heap[child], index);
            index = child;
        }
        Place(timer, index);
    }
}
