using System.Diagnostics.CodeAnalysis;
using Sluice.Kubernetes.Metrics;

namespace Sluice.Kubernetes.Queues;

/// <summary>
/// A queue of keys for workers. A key is there once however often it is added; a key that a worker holds is not given to another,
/// and comes back after <see cref="Done"/> when it was added meanwhile. Higher priorities come first, equal ones in order.
/// Any thread may use it.
/// </summary>
/// <typeparam name="TKey">What is queued: a name, never a state.</typeparam>
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    /// <summary>Priority of what is news.</summary>
    public const int NormalPriority = 0;

    /// <summary>Priority of objects that are only listed at start or handed out again by a resync.</summary>
    public const int LowPriority = -100;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly BackOff<TKey> _backOff = new();
    private readonly Dictionary<TKey, Waiting> _waiting = [];
    private readonly PriorityQueue<(TKey Key, long Turn), (int Priority, long Turn)> _ready = new();
    private readonly Dictionary<TKey, long> _active = [];
    private readonly Dictionary<TKey, DateTimeOffset> _delayed = [];
    private readonly PriorityQueue<TKey, DateTimeOffset> _delays = new();
    private readonly ITimer _timer;
    private readonly WorkQueueMetrics _metrics;
    private TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _turn;
    private bool _closed;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="name">Name in the metrics.</param>
    /// <param name="time">Clock.</param>
    public WorkQueue(string name, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _timer = _time.CreateTimer(static state => ((WorkQueue<TKey>)state!).Ripen(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _metrics = new WorkQueueMetrics(name, ActiveSince, _time);
    }

    /// <summary>Keys that wait for a worker.</summary>
    public int Depth
    {
        get
        {
            lock (_lock) return _waiting.Values.Count(waiting => waiting.IsQueued);
        }
    }

    /// <summary>Whether nothing waits for a worker and no worker holds anything; keys that are to come later don't count.</summary>
    internal bool IsIdle
    {
        get
        {
            lock (_lock) return _waiting.Count == 0 && _active.Count == 0;
        }
    }

    /// <summary>Adds a key. One that waits already moves up when the priority is higher.</summary>
    public void Add(TKey key, int priority = NormalPriority)
    {
        lock (_lock) AddLocked(key, priority);
    }

    /// <summary>Adds a key once a time has passed. Of several times for a key the earliest counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }
        lock (_lock)
        {
            if (_closed) return;
            DateTimeOffset due = _time.GetUtcNow() + delay;
            if (_delayed.TryGetValue(key, out DateTimeOffset earlier) && earlier <= due) return;
            _delayed[key] = due;
            _delays.Enqueue(key, due);
            SetTimer();
        }
    }

    /// <summary>Adds a key after a wait that doubles with every call until <see cref="Forget"/>.</summary>
    /// <returns>The wait.</returns>
    public TimeSpan AddRateLimited(TKey key)
    {
        TimeSpan wait;
        lock (_lock) wait = _backOff.Next(key);
        _metrics.Retried();
        AddAfter(key, wait);
        return wait;
    }

    /// <summary>Makes the next wait of <see cref="AddRateLimited"/> the shortest again.</summary>
    public void Forget(TKey key)
    {
        lock (_lock) _backOff.Forget(key);
    }

    /// <summary>Failures of a key since it was forgotten.</summary>
    public int Failures(TKey key)
    {
        lock (_lock) return _backOff.Failures(key);
    }

    /// <summary>Waits for a key, which the caller holds until <see cref="Done"/>.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, or the queue is closed.</exception>
    public async ValueTask<TKey> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task signal;
            lock (_lock)
            {
                if (_closed) throw new OperationCanceledException("The work queue is closed.");
                if (TryTake(out TKey? key)) return key;
                signal = _signal.Task;
            }
            await signal.WaitAsync(cancellation);
        }
    }

    /// <summary>Gives a key back. It is queued again when it was added meanwhile.</summary>
    public void Done(TKey key)
    {
        lock (_lock)
        {
            if (!_active.Remove(key, out long since)) return;
            _metrics.Worked(_time.GetElapsedTime(since));
            if (_waiting.TryGetValue(key, out Waiting? waiting)) Enqueue(key, waiting);
        }
    }

    /// <summary>Ends every wait; what is queued is dropped.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_closed) return;
            _closed = true;
            _signal.TrySetResult();
        }
        _timer.Dispose();
        _metrics.Dispose();
    }

    private void AddLocked(TKey key, int priority)
    {
        if (_closed) return;
        if (_waiting.TryGetValue(key, out Waiting? waiting))
        {
            if (priority <= waiting.Priority) return;
            if (waiting.IsQueued) _metrics.Left(waiting.Priority);
            waiting.Priority = priority;
            // The old place in the queue stays behind with an old turn and is skipped.
            if (waiting.IsQueued) Enqueue(key, waiting);
            return;
        }
        _metrics.Added();
        waiting = new Waiting { Priority = priority, Since = _time.GetTimestamp() };
        _waiting.Add(key, waiting);
        if (!_active.ContainsKey(key)) Enqueue(key, waiting);
    }

    private void Enqueue(TKey key, Waiting waiting)
    {
        waiting.IsQueued = true;
        waiting.Turn = ++_turn;
        _ready.Enqueue((key, waiting.Turn), (-waiting.Priority, waiting.Turn));
        _metrics.Entered(waiting.Priority);
        TaskCompletionSource signal = _signal;
        _signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        signal.TrySetResult();
    }

    private bool TryTake([MaybeNullWhen(false)] out TKey key)
    {
        while (_ready.TryDequeue(out (TKey Key, long Turn) next, out _))
        {
            if (!_waiting.TryGetValue(next.Key, out Waiting? waiting) || waiting.Turn != next.Turn) continue;
            key = next.Key;
            _waiting.Remove(key);
            _active.Add(key, _time.GetTimestamp());
            _metrics.Left(waiting.Priority);
            _metrics.Waited(_time.GetElapsedTime(waiting.Since));
            return true;
        }
        key = default;
        return false;
    }

    private void Ripen()
    {
        lock (_lock)
        {
            if (_closed) return;
            DateTimeOffset now = _time.GetUtcNow();
            while (_delays.TryPeek(out TKey? key, out DateTimeOffset due) && due <= now)
            {
                _delays.Dequeue();
                // An entry that an earlier time replaced has no say.
                if (!_delayed.TryGetValue(key, out DateTimeOffset valid) || valid != due) continue;
                _delayed.Remove(key);
                AddLocked(key, NormalPriority);
            }
            SetTimer();
        }
    }

    private void SetTimer()
    {
        if (!_delays.TryPeek(out _, out DateTimeOffset due)) return;
        TimeSpan wait = due - _time.GetUtcNow();
        // A timer counts whole milliseconds: rounding up keeps it from firing a moment too early and spinning.
        _timer.Change(wait > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private long[] ActiveSince()
    {
        lock (_lock) return [.. _active.Values];
    }

    private sealed class Waiting
    {
        public int Priority { get; set; }

        public long Since { get; init; }

        public long Turn { get; set; }

        /// <summary>False while a worker holds the key: it then waits for <see cref="Done"/>.</summary>
        public bool IsQueued { get; set; }
    }
}
