using System.Diagnostics;

namespace Benchmarks.Driving;

/// <summary>Something that the driver does at times of its own, whatever has been answered.</summary>
internal interface IPace
{
    /// <summary>When <see cref="Fire"/> is due, in ticks of the stopwatch.</summary>
    long NextDue { get; }

    void Fire(long now);
}

/// <summary>One thread that drives many connections.</summary>
internal sealed class LoadLoop : IDisposable
{
    private readonly List<LoadConnection> _connections = [];

    internal Poll Poll { get; } = new();

    internal byte[] Scratch { get; } = GC.AllocateUninitializedArray<byte>(256 * 1024, pinned: true);

    internal long BytesReceived { get; set; }

    /// <summary>No connection sends any more; what is under way is still answered.</summary>
    internal bool IsEnding { get; private set; }

    internal void Add(LoadConnection connection)
    {
        connection.Join(this, _connections.Count);
        _connections.Add(connection);
    }

    internal void Begin()
    {
        long now = Stopwatch.GetTimestamp();
        foreach (LoadConnection connection in _connections) connection.Begin(now);
    }

    /// <summary>Drives for so long.</summary>
    internal void Run(double seconds, IPace? pace = null) => Run(() => false, seconds, pace);

    /// <summary>Asks for no more and waits for the answers that are due.</summary>
    internal void End(Func<bool> isDone, double patienceSeconds = 30)
    {
        IsEnding = true;
        if (!Run(isDone, patienceSeconds, null)) throw new TimeoutException($"answers were still missing after {patienceSeconds} s");
    }

    /// <summary>Drives until something holds; false when it did not within the time.</summary>
    internal bool Run(Func<bool> isDone, double secondsMax, IPace? pace)
    {
        long end = Stopwatch.GetTimestamp() + Ticks(secondsMax);
        while (!isDone())
        {
            long now = Stopwatch.GetTimestamp();
            if (now >= end) return false;
            if (pace is not null && now >= pace.NextDue) pace.Fire(now);
            long wake = pace is null ? end : Math.Min(end, pace.NextDue);
            int ready = Poll.Wait(Math.Max(0, (wake - now) * (1_000_000_000 / Stopwatch.Frequency)));
            if (ready > 0) Serve(ready);
        }
        return true;
    }

    internal static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency);

    public void Dispose()
    {
        foreach (LoadConnection connection in _connections) connection.Dispose();
        Poll.Dispose();
    }

    private void Serve(int ready)
    {
        long now = Stopwatch.GetTimestamp();
        for (int i = 0; i < ready; i++)
        {
            LoadConnection connection = _connections[Poll.Number(i)];
            if (Poll.IsWritable(i)) connection.OnWritable(now);
            if (Poll.IsReadable(i)) connection.OnReadable(now);
        }
    }
}
