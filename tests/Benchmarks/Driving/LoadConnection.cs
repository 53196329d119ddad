using System.Buffers.Binary;
using System.Net.Sockets;

namespace Benchmarks.Driving;

/// <summary>
/// One connection of the driver: sends frames that were made before and cuts what comes into frames. Of a frame longer than
/// <see cref="HeadBytesMax"/> only the beginning is looked at; the kernel drops the rest without a copy.
/// </summary>
internal abstract class LoadConnection : IDisposable
{
    private readonly Socket _socket;
    private byte[] _head = new byte[1024];
    private int _headBytes;
    private long _toSkip;
    private byte[] _unsent = [];
    private int _unsentFrom;
    private int _unsentTo;

    protected LoadConnection(string address)
    {
        _socket = Client.Connect(address);
        _socket.Blocking = false;
        Descriptor = (int)_socket.Handle;
    }

    internal int Descriptor { get; }

    /// <summary>The loop that drives the connection, and the connection's number there.</summary>
    internal LoadLoop Loop { get; private set; } = null!;

    internal int Number { get; private set; }

    /// <summary>The kernel takes no more bytes now.</summary>
    protected bool IsBlocked => _unsentTo > _unsentFrom;

    /// <summary>How much of a frame is kept, its length of four bytes included.</summary>
    protected virtual int HeadBytesMax => 64 * 1024;

    internal void Join(LoadLoop loop, int number)
    {
        Loop = loop;
        Number = number;
        loop.Poll.Watch(Descriptor, number);
    }

    /// <summary>Begins to send.</summary>
    internal abstract void Begin(long now);

    /// <summary>An answer has come.</summary>
    /// <param name="head">The frame without its length, as far as it is kept.</param>
    /// <param name="length">The frame's length.</param>
    /// <param name="now">When it came, in ticks of the stopwatch.</param>
    protected abstract void OnFrame(ReadOnlyMemory<byte> head, int length, long now);

    /// <summary>All frames of one receive were handed out.</summary>
    protected abstract void OnReceived(long now);

    /// <summary>The kernel takes bytes again.</summary>
    protected virtual void OnUnblocked(long now)
    {
    }

    /// <summary>Sends bytes, or keeps a copy of what the kernel does not take.</summary>
    protected unsafe void Send(ReadOnlySpan<byte> bytes)
    {
        if (!IsBlocked)
        {
            fixed (byte* start = bytes)
            {
                nint sent = Native.Send(Descriptor, start, bytes.Length, Native.NoSignal | Native.DontWait);
                if (sent < 0 && Native.Errno is not (Native.Again or Native.Interrupted)) throw Broken($"send failed with error {Native.Errno}");
                bytes = bytes[(int)Math.Max(0, sent)..];
            }
            if (bytes.IsEmpty) return;
            Loop.Poll.WaitFor(Descriptor, Number, writable: true);
        }
        int kept = _unsentTo - _unsentFrom;
        if (_unsentTo + bytes.Length > _unsent.Length)
        {
            byte[] larger = kept + bytes.Length > _unsent.Length ? new byte[(kept + bytes.Length) * 2] : _unsent;
            _unsent.AsSpan(_unsentFrom, kept).CopyTo(larger);
            (_unsent, _unsentFrom, _unsentTo) = (larger, 0, kept);
        }
        bytes.CopyTo(_unsent.AsSpan(_unsentTo));
        _unsentTo += bytes.Length;
    }

    internal void OnWritable(long now)
    {
        if (!IsBlocked) return;
        (int from, int to) = (_unsentFrom, _unsentTo);
        _unsentFrom = _unsentTo = 0;
        Send(_unsent.AsSpan(from, to - from));
        if (IsBlocked) return;
        Loop.Poll.WaitFor(Descriptor, Number, writable: false);
        OnUnblocked(now);
    }

    internal unsafe void OnReadable(long now)
    {
        byte[] scratch = Loop.Scratch;
        nint got;
        fixed (byte* start = scratch)
        {
            got = _toSkip > scratch.Length
                ? Native.Receive(Descriptor, start, (nint)_toSkip, Native.Discard | Native.DontWait)
                : Native.Receive(Descriptor, start, scratch.Length, Native.DontWait);
        }
        if (got == 0) throw Broken("the server closed it");
        if (got < 0)
        {
            if (Native.Errno is Native.Again or Native.Interrupted) return;
            throw Broken($"receive failed with error {Native.Errno}");
        }
        Loop.BytesReceived += got;
        if (_toSkip > scratch.Length) _toSkip -= got;
        else Cut(scratch.AsMemory(0, (int)got), now);
        OnReceived(now);
    }

    public void Dispose() => _socket.Dispose();

    private void Cut(ReadOnlyMemory<byte> bytes, long now)
    {
        while (!bytes.IsEmpty)
        {
            if (_toSkip > 0)
            {
                int skipped = (int)Math.Min(_toSkip, bytes.Length);
                _toSkip -= skipped;
                bytes = bytes[skipped..];
            }
            else if (_headBytes > 0 || bytes.Length < sizeof(int) || Kept(bytes.Span) > bytes.Length)
            {
                bytes = bytes[Keep(bytes.Span)..];
                if (_headBytes >= sizeof(int) && _headBytes == Kept(_head)) HandOutKept(now);
            }
            else
            {
                int kept = Kept(bytes.Span);
                HandOut(bytes[..kept], now);
                bytes = bytes[kept..];
            }
        }
    }

    /// <summary>Copies bytes of a frame that is not all there; answers how many.</summary>
    private int Keep(ReadOnlySpan<byte> bytes)
    {
        int wanted = _headBytes < sizeof(int) ? sizeof(int) : Kept(_head);
        int taken = Math.Min(wanted - _headBytes, bytes.Length);
        if (wanted > _head.Length) Array.Resize(ref _head, Math.Max(wanted, _head.Length * 2));
        bytes[..taken].CopyTo(_head.AsSpan(_headBytes));
        _headBytes += taken;
        return taken;
    }

    private void HandOutKept(long now)
    {
        int bytes = _headBytes;
        _headBytes = 0;
        HandOut(_head.AsMemory(0, bytes), now);
    }

    private void HandOut(ReadOnlyMemory<byte> kept, long now)
    {
        int length = BinaryPrimitives.ReadInt32BigEndian(kept.Span);
        _toSkip = length + sizeof(int) - kept.Length;
        OnFrame(kept[sizeof(int)..], length, now);
    }

    private int Kept(ReadOnlySpan<byte> frame) => Math.Min(HeadBytesMax, BinaryPrimitives.ReadInt32BigEndian(frame) + sizeof(int));

    private IOException Broken(string how) => new($"connection {Number} broke: {how}");
}
