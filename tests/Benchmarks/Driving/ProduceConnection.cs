using Sluice.Protocol;

namespace Benchmarks.Driving;

/// <summary>What a group of producers has done.</summary>
internal sealed class ProduceTally
{
    internal LatencyHistogram Latency { get; } = new();

    internal long Requests { get; set; }

    internal long Records { get; set; }

    internal long Bytes { get; set; }

    internal int InFlight { get; set; }

    internal void Clear()
    {
        Latency.Clear();
        Requests = Records = Bytes = 0;
    }
}

/// <summary>A producer that keeps so many requests under way: it sends the next one as soon as one is answered.</summary>
internal sealed class ProduceConnection : LoadConnection
{
    private const int GatheredBytesMax = 8 * 1024;

    private readonly ProduceFrame[] _frames;
    private readonly ProduceTally _tally;
    private readonly Flight[] _flights;
    private readonly int _inFlightMax;
    private readonly byte[] _gathered = new byte[4 * GatheredBytesMax];
    private int _gatheredBytes;
    private int _inFlight;
    private int _next;
    private int _sent;
    private int _answered;

    /// <param name="address">The broker.</param>
    /// <param name="frames">Sent in turn.</param>
    /// <param name="first">Which of the frames is the first, so that connections do not march in step.</param>
    /// <param name="inFlightMax">Requests under way at once.</param>
    /// <param name="tally">Where the connection counts.</param>
    internal ProduceConnection(string address, ProduceFrame[] frames, int first, int inFlightMax, ProduceTally tally)
        : base(address)
    {
        _frames = frames;
        _next = first % frames.Length;
        _inFlightMax = inFlightMax;
        _tally = tally;
        _flights = new Flight[inFlightMax];
    }

    internal override void Begin(long now) => Refill(now);

    protected override void OnFrame(ReadOnlyMemory<byte> head, int length, long now)
    {
        if (ProduceFrame.CorrelationOf(head.Span) != _answered) throw new InvalidDataException($"the answer to request {_answered} has the number {ProduceFrame.CorrelationOf(head.Span)}");
        ref Flight flight = ref _flights[_answered++ % _inFlightMax];
        ErrorCode error = flight.Frame.ErrorIn(head.Span);
        if (error != ErrorCode.None) throw new InvalidOperationException($"a produce request was refused: {error}");
        _tally.Latency.Add(now - flight.SentAt);
        _tally.Requests++;
        _tally.Records += flight.Frame.Records;
        _tally.Bytes += flight.Frame.BatchBytes;
        _tally.InFlight--;
        _inFlight--;
    }

    protected override void OnReceived(long now) => Refill(now);

    protected override void OnUnblocked(long now) => Refill(now);

    private void Refill(long now)
    {
        while (_inFlight < _inFlightMax && !IsBlocked && !Loop.IsEnding)
        {
            ProduceFrame frame = _frames[_next];
            if (++_next == _frames.Length) _next = 0;
            _flights[_sent % _inFlightMax] = new Flight(frame, now);
            _inFlight++;
            _tally.InFlight++;
            Put(frame.Bytes, _sent++);
        }
        SendGathered();
    }

    /// <summary>Small frames leave together by one call, large ones from where they are.</summary>
    private void Put(byte[] frame, int correlation)
    {
        if (frame.Length > GatheredBytesMax)
        {
            SendGathered();
            ProduceFrame.SetCorrelation(frame, correlation);
            Send(frame);
            return;
        }
        if (_gatheredBytes + frame.Length > _gathered.Length) SendGathered();
        Span<byte> copy = _gathered.AsSpan(_gatheredBytes, frame.Length);
        frame.CopyTo(copy);
        ProduceFrame.SetCorrelation(copy, correlation);
        _gatheredBytes += frame.Length;
    }

    private void SendGathered()
    {
        if (_gatheredBytes == 0) return;
        Send(_gathered.AsSpan(0, _gatheredBytes));
        _gatheredBytes = 0;
    }

    private readonly record struct Flight(ProduceFrame Frame, long SentAt);
}

/// <summary>Producers of one topic, each on a connection of its own, on one loop.</summary>
internal sealed class ProduceLoad : IDisposable
{
    private readonly LoadLoop _loop = new();

    internal ProduceLoad(string address, ProduceFrame[] frames, int connections, int inFlight)
    {
        for (int i = 0; i < connections; i++)
            _loop.Add(new ProduceConnection(address, frames, (int)((long)i * frames.Length / connections), inFlight, Tally));
        _loop.Begin();
    }

    internal ProduceTally Tally { get; } = new();

    /// <summary>Drives for so long, or until so many bytes are acknowledged.</summary>
    internal void Run(double seconds, long bytesMax = long.MaxValue) => _loop.Run(() => Tally.Bytes >= bytesMax, seconds, null);

    /// <summary>Waits for the answers that are due.</summary>
    internal void End() => _loop.End(() => Tally.InFlight == 0);

    public void Dispose() => _loop.Dispose();
}
