using System.Buffers.Binary;
using System.Net.Sockets;
using Sluice.Protocol;

namespace Sluice.Client;

/// <summary>
/// Cuts a socket's bytes into frames. Small ones come several to a read; a large one is received straight into the memory where it
/// will stay.
/// </summary>
internal sealed class FrameReader(Socket socket, int frameBytesMax)
{
    private const int BufferSize = 16 * 1024;
    private const int PrefixLength = sizeof(int);

    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;

    /// <summary>The length of the next frame, once its prefix is here.</summary>
    /// <exception cref="ProtocolException">The length is not one that a frame can have.</exception>
    public async ValueTask<int> NextLength(CancellationToken cancellation)
    {
        while (_end - _start < PrefixLength)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }

            _end += await Receive(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
        }

        int length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
        _start += PrefixLength;
        return length >= 4 && length <= frameBytesMax
            ? length
            : throw new ProtocolException($"a frame of {length} bytes: expected 4 to {frameBytesMax}");
    }

    /// <summary>Fills the destination with the frame's bytes.</summary>
    public async ValueTask Read(Memory<byte> destination, CancellationToken cancellation)
    {
        int buffered = Math.Min(destination.Length, _end - _start);
        _buffer.AsSpan(_start, buffered).CopyTo(destination.Span);
        _start += buffered;
        if (_start == _end) _start = _end = 0;
        destination = destination[buffered..];
        while (destination.Length > 0) destination = destination[await Receive(destination, cancellation).ConfigureAwait(false)..];
    }

    private async ValueTask<int> Receive(Memory<byte> into, CancellationToken cancellation)
    {
        int received = await socket.ReceiveAsync(into, SocketFlags.None, cancellation).ConfigureAwait(false);
        return received > 0 ? received : throw new IOException("the broker closed the connection");
    }
}
