using System.Diagnostics;
using Sluice.Broker.Metrics;
using Sluice.Core.Shards;

namespace Sluice.Broker.Hosting;

/// <summary>
/// The threads that may block: fsync, deletion, snapshots. Few, made when needed, so that a slow disk holds up at most these and
/// never a shard.
/// </summary>
internal sealed class BackgroundWorkers : IDisposable
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Queue<Work> _waiting = new();
    private readonly SemaphoreSlim _available = new(0);
    private readonly BackgroundMetrics _metrics;
    private readonly int _threadsMax;
    private readonly int _niceness;
    private int _threads;
    private int _idle;
    private int _unfinished;
    private TaskCompletionSource? _quiet;
    private bool _stopped;

    /// <param name="threadsMax">How many threads there may be.</param>
    /// <param name="metrics">Counts what they do.</param>
    /// <param name="niceness">How much they yield to the loops.</param>
    internal BackgroundWorkers(int threadsMax, BackgroundMetrics metrics, int niceness = 0)
    {
        _threadsMax = threadsMax;
        _niceness = niceness;
        _metrics = metrics;
    }

    /// <summary>Tasks that wait for a thread.</summary>
    internal int Waiting
    {
        get
        {
            lock (_lock) return _waiting.Count;
        }
    }

    /// <summary>Runs a task on some thread, then gives it back to the loop that it came from.</summary>
    internal void Run(ShardLoop from, BackgroundTask task)
    {
        bool startsThread;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            _unfinished++;
            _waiting.Enqueue(new Work(from, task));
            startsThread = _waiting.Count > _idle && _threads < _threadsMax;
            if (startsThread) _threads++;
        }
        if (startsThread) new Thread(RunWork) { Name = "background", IsBackground = true }.Start();
        _available.Release();
    }

    /// <summary>Ends when no task waits or runs.</summary>
    internal Task WhenQuiet()
    {
        lock (_lock)
        {
            if (_unfinished == 0) return Task.CompletedTask;
            _quiet ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _quiet.Task;
        }
    }

    /// <summary>Ends the threads after the tasks that they have.</summary>
    public void Dispose()
    {
        int threads;
        lock (_lock)
        {
            _stopped = true;
            threads = _threads;
        }
        if (threads > 0) _available.Release(threads);
    }

    private void RunWork()
    {
        if (_niceness != 0) ThreadNiceness.Set(_niceness);
        while (true)
        {
            lock (_lock) _idle++;
            bool signalled = _available.Wait(IdleTime);
            Work? work;
            lock (_lock)
            {
                _idle--;
                if (!_waiting.TryDequeue(out work))
                {
                    if (signalled && !_stopped) continue;
                    _threads--;
                    return;
                }
                // It came between the end of the wait and the lock; its signal is still there for it.
                if (!signalled) _available.Wait(0);
            }
            Execute(work.From, work.Task);
        }
    }

    private void Execute(ShardLoop from, BackgroundTask task)
    {
        long began = Stopwatch.GetTimestamp();
        Exception? error = null;
        try
        {
            task.Execute();
        }
        catch (Exception e)
        {
            // Not hidden: the shard that asked is told and decides.
            error = e;
        }
        _metrics.OnExecuted(task, Stopwatch.GetElapsedTime(began), error is not null);
        from.Enqueue(new FinishedWork(task, error));
        lock (_lock)
        {
            if (--_unfinished > 0) return;
            _quiet?.SetResult();
            _quiet = null;
        }
    }

    private sealed record Work(ShardLoop From, BackgroundTask Task);
}
