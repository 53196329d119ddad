using System.Collections.Concurrent;
using System.Diagnostics;
using Sluice.Network.Connections;
using Sluice.Network.Native;

namespace Sluice.Network.Loops;

/// <summary>
/// One thread, one epoll instance, and everything that this thread alone touches: connections, their buffers, and a client (a
/// shard of the core). A turn is: fetch events, serve them, run posted work, tick the client, send the answers. Only
/// <see cref="Post"/>, <see cref="Wake"/>, <see cref="DrainAsync"/>, <see cref="StopAsync"/> and the counters may be used from
/// other threads.
/// </summary>
public sealed class EventLoop : IDisposable
{
    private const int PostedATurnMax = 4096;

    private readonly ILoopClient _client;
    private readonly Poller _poller = new();
    private readonly WakeDescriptor _wake;
    private readonly ConcurrentQueue<IWorkItem> _inbox = new();
    private readonly SpinPolicy _spin;
    private readonly LoopThread _thread;
    private int _asleep;
    private volatile bool _stopRequested;
    private bool _started;

    /// <param name="index">The loop's number, from 0; names its thread.</param>
    /// <param name="options">Limits and the spin time.</param>
    /// <param name="client">Ticked each turn.</param>
    /// <param name="handler">Gets the requests of this loop's connections.</param>
    /// <param name="events">Told of connections that open and close.</param>
    public EventLoop(int index, EventLoopOptions options, ILoopClient client, IConnectionHandler handler, INetworkEvents events)
    {
        Index = index;
        _client = client;
        _wake = new WakeDescriptor(_poller);
        _spin = new SpinPolicy(options.SpinMicroseconds);
        _thread = new LoopThread($"loop-{index}", Run);
        Connections = new ConnectionSet(_thread, Counters, _poller, options.Limits, handler, events) { NowMs = NowMs };
    }

    /// <summary>Milliseconds on the monotonic clock of all loops.</summary>
    public static long NowMs => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000);

    /// <summary>The loop's number, from 0.</summary>
    public int Index { get; }

    /// <summary>What the loop has done so far.</summary>
    public LoopCounters Counters { get; } = new();

    /// <summary>The calling thread is the loop's own.</summary>
    public bool IsCurrent => _thread.IsCurrent;

    internal ConnectionSet Connections { get; }

    internal Poller Poller => _poller;

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        _started = true;
        _thread.Start();
    }

    /// <summary>Gives work to the loop, from any thread. Work posted by one thread runs in the order it was posted.</summary>
    public void Post(IWorkItem work)
    {
        _inbox.Enqueue(work);
        Wake();
    }

    /// <summary>Ends the loop's sleep, if it sleeps; costs a system call only then.</summary>
    public void Wake()
    {
        // Pairs with the barrier in Sleep: either the loop sees what was published before this call, or this sees it asleep.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) == 1 && Interlocked.Exchange(ref _asleep, 0) == 1) _wake.Signal();
    }

    /// <summary>
    /// Stops reading from all connections and closes each once its requests are answered and the answers sent. The task ends
    /// when none is left; whoever waits decides how long.
    /// </summary>
    public Task DrainAsync()
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new DrainWork(Connections, drained));
        return drained.Task;
    }

    /// <summary>Closes every connection and ends the thread after the work already posted.</summary>
    public Task StopAsync()
    {
        _stopRequested = true;
        Wake();
        return _started ? _thread.Ended : Task.CompletedTask;
    }

    /// <summary>Frees the descriptors of a loop that has stopped or never started.</summary>
    public void Dispose()
    {
        if (_started && !_thread.Ended.IsCompleted) throw new InvalidOperationException("Stop the loop before disposing it.");
        _wake.Dispose();
        _poller.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_stopRequested || !_inbox.IsEmpty) Turn();
        }
        catch (Exception failure)
        {
            _client.OnFatal(failure);
        }
        finally
        {
            Connections.CloseAll("the broker is stopping");
        }
    }

    private void Turn()
    {
        int count = WaitForEvents();
        long began = Stopwatch.GetTimestamp();
        long nowMs = NowMs;
        Connections.NowMs = nowMs;
        Connections.Turns.BeginTurn(began);
        Serve(count);
        RunPosted();
        _client.Tick(nowMs);
        Connections.Settle();
        Counters.TurnsCount++;
        Counters.BusyTicksCount += Stopwatch.GetTimestamp() - began;
    }

    private void Serve(int count)
    {
        for (int i = 0; i < count; i++)
        {
            IPollTarget? target = _poller.Fetch(i, out PollEvents events);
            target?.OnReady(events);
        }
    }

    private void RunPosted()
    {
        for (int left = PostedATurnMax; left > 0 && _inbox.TryDequeue(out IWorkItem? work); left--) work.Execute();
    }

    private int WaitForEvents()
    {
        if (TimeoutMs() == 0) return _poller.Wait(0);
        if (_spin.ShouldSpin())
        {
            int found = Spin();
            if (found >= 0) return found;
        }
        return Sleep();
    }

    /// <summary>Polls for a moment; -1 when nothing came.</summary>
    private int Spin()
    {
        long began = Stopwatch.GetTimestamp();
        long now;
        do
        {
            int count = _poller.Wait(0);
            now = Stopwatch.GetTimestamp();
            if (count == 0 && TimeoutMs() != 0) continue;
            _spin.Found();
            Counters.SpinTicksCount += now - began;
            return count;
        }
        while (now - began < _spin.SpinTicks);
        _spin.FoundNothing();
        Counters.SpinTicksCount += now - began;
        return -1;
    }

    private int Sleep()
    {
        Volatile.Write(ref _asleep, 1);
        // What another thread published before it looked at _asleep is visible after this.
        Interlocked.MemoryBarrier();
        int timeoutMs = TimeoutMs();
        if (timeoutMs != 0) Counters.SleepsCount++;
        int count = _poller.Wait(timeoutMs);
        Volatile.Write(ref _asleep, 0);
        return count;
    }

    private int TimeoutMs()
    {
        if (!_inbox.IsEmpty || Connections.HasUnsettled || _stopRequested) return 0;
        long deadline = Math.Min(_client.NextDeadlineMs, Connections.NextDeadlineMs);
        if (deadline == long.MaxValue) return -1;
        return (int)Math.Clamp(deadline - NowMs, 0, int.MaxValue);
    }

    private sealed class DrainWork(ConnectionSet connections, TaskCompletionSource drained) : IWorkItem
    {
        public void Execute() => connections.Drain(drained);
    }
}

/// <summary>Settings of an event loop.</summary>
public sealed record EventLoopOptions
{
    /// <summary>Bounds of memory, requests and connections.</summary>
    public NetworkLimits Limits { get; init; } = new();

    /// <summary>How long a loop polls before it blocks while there is traffic, in microseconds; 0 switches it off.</summary>
    public int SpinMicroseconds { get; init; } = 50;
}
