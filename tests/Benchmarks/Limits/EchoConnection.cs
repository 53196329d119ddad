using Benchmarks.Driving;

namespace Benchmarks.Limits;

/// <summary>Sends small frames to the bare echo and takes them back, so many under way at once.</summary>
internal sealed class EchoConnection(string address, byte[] frame, int inFlight, ProduceTally tally) : LoadConnection(address)
{
    private readonly byte[] _frames = [.. Enumerable.Repeat(frame, inFlight).SelectMany(f => f)];
    private int _answered;

    internal override void Begin(long now)
    {
        tally.InFlight += inFlight;
        Send(_frames);
    }

    protected override void OnFrame(ReadOnlyMemory<byte> head, int length, long now)
    {
        _answered++;
        tally.InFlight--;
        tally.Requests++;
    }

    protected override void OnReceived(long now)
    {
        if (Loop.IsEnding || _answered == 0) return;
        tally.InFlight += _answered;
        Send(_frames.AsSpan(0, _answered * frame.Length));
        _answered = 0;
    }
}
