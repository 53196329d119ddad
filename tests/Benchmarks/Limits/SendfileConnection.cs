using System.Buffers.Binary;
using Benchmarks.Driving;

namespace Benchmarks.Limits;

/// <summary>Reads a file from the bare loop around sendfile as <see cref="FetchConnection"/> reads a partition.</summary>
internal sealed class SendfileConnection(string address, long fileBytes, int pieceBytes, FetchTally tally) : LoadConnection(address)
{
    private readonly byte[] _request = new byte[SendfileServer.RequestBytes];
    private long _position;
    private bool _awaits;

    protected override int HeadBytesMax => 64;

    internal override void Begin(long now) => Ask();

    protected override void OnFrame(ReadOnlyMemory<byte> head, int length, long now)
    {
        _awaits = false;
        tally.InFlight--;
        tally.Requests++;
        tally.Bytes += length;
        _position += length;
        if (_position + pieceBytes > fileBytes) _position = 0;
    }

    protected override void OnReceived(long now)
    {
        if (!_awaits && !Loop.IsEnding) Ask();
    }

    private void Ask()
    {
        BinaryPrimitives.WriteInt32BigEndian(_request, _request.Length - sizeof(int));
        BinaryPrimitives.WriteInt64BigEndian(_request.AsSpan(sizeof(int)), _position);
        BinaryPrimitives.WriteInt32BigEndian(_request.AsSpan(sizeof(int) + sizeof(long)), pieceBytes);
        _awaits = true;
        tally.InFlight++;
        Send(_request);
    }
}
