namespace Sluice.Local.ApiServer.Store;

/// <summary>
/// The last changes of one kind. A watcher keeps a revision as its cursor and reads what came after; one that is slower than
/// the bounded history finds that its cursor has expired, so a slow reader can never make the server hold more.
/// </summary>
internal sealed class EventLog(long floor, int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<StoreEvent> _events = new();
    private long _floor = floor;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Changes up to this revision are forgotten; a cursor below it has expired.</summary>
    public long Floor
    {
        get
        {
            lock (_gate)
                return _floor;
        }
    }

    public void Append(StoreEvent change)
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            _events.Enqueue(change);
            if (_events.Count > capacity)
                _floor = _events.Dequeue().Revision;
            signal = _changed;
            _changed = NewSignal();
        }

        signal.TrySetResult();
    }

    /// <summary>
    /// Reads the changes after the cursor, or gives a task that ends with the next change when there are none. False when the
    /// cursor has expired.
    /// </summary>
    public bool TryRead(long cursor, List<StoreEvent> into, out Task next)
    {
        lock (_gate)
        {
            next = _changed.Task;
            if (cursor < _floor)
                return false;
            foreach (var change in _events)
            {
                if (change.Revision > cursor)
                    into.Add(change);
            }

            return true;
        }
    }

    /// <summary>The objects as they were at a revision, or null when that is forgotten.</summary>
    public ObjectSet? At(long revision, ObjectSet current)
    {
        lock (_gate)
        {
            if (revision < _floor)
                return null;
            foreach (var change in _events)
            {
                if (change.Revision > revision)
                    return change.Before;
            }

            return current;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
