using System.Diagnostics;

namespace Benchmarks.Driving;

/// <summary>
/// Sends requests at fixed times, whether or not those before are answered, and counts how long after its time each one's records
/// reached a consumer. A server that stalls is thus charged for all that should have been sent meanwhile (coordinated omission).
/// </summary>
internal sealed class OpenLoop : IPace, IDisposable
{
    private readonly LoadLoop _loop = new();
    private readonly PacedProducer[] _producers;
    private readonly TailConnection _consumer;
    private readonly long _interval;
    private int _next;

    /// <param name="address">The broker.</param>
    /// <param name="frames">One for each partition of the topic, from 0.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="ends">The end offset of each partition now.</param>
    /// <param name="requestsASecond">Over all partitions.</param>
    internal OpenLoop(string address, ProduceFrame[] frames, Sluice.Protocol.Uuid topic, long[] ends, double requestsASecond)
    {
        _interval = (long)(Stopwatch.Frequency / requestsASecond);
        Flights = [.. frames.Select(_ => new Queue<long>())];
        _producers = [.. frames.Select((frame, partition) => new PacedProducer(address, frame, Flights[partition]))];
        _consumer = new TailConnection(address, topic, ends, frames[0].Records, Flights, Latency);
        foreach (PacedProducer producer in _producers) _loop.Add(producer);
        _loop.Add(_consumer);
        _loop.Begin();
    }

    /// <summary>From the time at which records should have been sent to their arrival at the consumer.</summary>
    internal LatencyHistogram Latency { get; } = new();

    public long NextDue { get; private set; }

    /// <summary>For each partition, the times of the requests whose records the consumer has not seen.</summary>
    private Queue<long>[] Flights { get; }

    public void Fire(long now)
    {
        while (NextDue <= now)
        {
            _producers[_next].SendAt(NextDue);
            if (++_next == _producers.Length) _next = 0;
            NextDue += _interval;
        }
    }

    internal void Run(Func<bool> isDone, double secondsMax)
    {
        Native.SleepPrecisely();
        NextDue = Stopwatch.GetTimestamp();
        _loop.Run(isDone, secondsMax, this);
    }

    internal void Run(double seconds) => Run(() => false, seconds);

    /// <summary>Waits until the consumer has seen all that was sent.</summary>
    internal void Drain()
    {
        if (!_loop.Run(() => Array.TrueForAll(Flights, f => f.Count == 0), 30, null)) throw new TimeoutException("records did not reach the consumer within 30 s");
    }

    public void Dispose() => _loop.Dispose();
}

/// <summary>A producer that sends when it is told.</summary>
internal sealed class PacedProducer(string address, ProduceFrame frame, Queue<long> flights) : LoadConnection(address)
{
    private int _sent;
    private int _answered;

    internal void SendAt(long due)
    {
        flights.Enqueue(due);
        ProduceFrame.SetCorrelation(frame.Bytes, _sent++);
        Send(frame.Bytes);
    }

    internal override void Begin(long now)
    {
    }

    protected override void OnFrame(ReadOnlyMemory<byte> head, int length, long now)
    {
        if (ProduceFrame.CorrelationOf(head.Span) != _answered++) throw new InvalidDataException("an answer to Produce is out of order");
        Sluice.Protocol.ErrorCode error = frame.ErrorIn(head.Span);
        if (error != Sluice.Protocol.ErrorCode.None) throw new InvalidOperationException($"a produce request was refused: {error}");
    }

    protected override void OnReceived(long now)
    {
    }
}
