using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Benchmarks.Driving;

namespace Benchmarks.Limits;

/// <summary>
/// The least that a server on one thread can do with epoll in C#: takes frames apart and answers each at once. What a broker does
/// besides is its own; what a driver reaches here is the most that it can drive.
/// </summary>
internal abstract class BareServer : IDisposable
{
    private readonly Poll _poll = new();
    private readonly List<Peer> _peers = [];
    private readonly byte[] _received = GC.AllocateUninitializedArray<byte>(256 * 1024, pinned: true);

    /// <summary>Serves until the process is killed.</summary>
    internal int Run()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1024);
        Console.WriteLine($"listens on 127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}");
        int number = (int)listener.Handle;
        _poll.Watch(number, -1);
        while (true)
        {
            int ready = _poll.Wait(-1);
            for (int i = 0; i < ready; i++)
            {
                if (_poll.Number(i) < 0) Accept(listener);
                else Serve(_peers[_poll.Number(i)]);
            }
        }
    }

    /// <summary>Answers one frame.</summary>
    /// <param name="socket">The descriptor, which blocks when it takes no more.</param>
    /// <param name="frame">The frame's beginning with its length; all of it when it has no more than the limit.</param>
    protected abstract void Answer(int socket, ReadOnlySpan<byte> frame);

    /// <summary>All frames of one receive were given to <see cref="Answer"/>.</summary>
    protected virtual void Flush(int socket)
    {
    }

    public virtual void Dispose() => _poll.Dispose();

    protected static unsafe void SendAll(int socket, ReadOnlySpan<byte> bytes, int flags = 0)
    {
        while (!bytes.IsEmpty)
        {
            fixed (byte* start = bytes)
            {
                nint sent = Native.Send(socket, start, bytes.Length, Native.NoSignal | flags);
                if (sent > 0) bytes = bytes[(int)sent..];
                else if (Native.Errno != Native.Interrupted) return;
            }
        }
    }

    private void Accept(Socket listener)
    {
        Socket socket = listener.Accept();
        socket.NoDelay = true;
        var peer = new Peer(socket, (int)socket.Handle);
        _poll.Watch(peer.Descriptor, _peers.Count);
        _peers.Add(peer);
    }

    private unsafe void Serve(Peer peer)
    {
        nint got;
        fixed (byte* start = _received) got = Native.Receive(peer.Descriptor, start, _received.Length, Native.DontWait);
        if (got < 0 && Native.Errno is Native.Again or Native.Interrupted) return;
        if (got <= 0)
        {
            _poll.Forget(peer.Descriptor);
            peer.Socket.Dispose();
            return;
        }
        ReadOnlySpan<byte> bytes = _received.AsSpan(0, (int)got);
        while (!bytes.IsEmpty)
        {
            bytes = bytes[peer.Take(bytes)..];
            if (!peer.IsWhole) continue;
            Answer(peer.Descriptor, peer.Head);
            peer.Next();
        }
        Flush(peer.Descriptor);
    }

    /// <summary>A client, and the beginning of the frame that comes from it.</summary>
    private sealed class Peer(Socket socket, int descriptor)
    {
        private readonly byte[] _head = new byte[1024];
        private int _headBytes;
        private int _seen;

        internal Socket Socket { get; } = socket;

        internal int Descriptor { get; } = descriptor;

        internal bool IsWhole => _seen >= sizeof(int) && _seen == Length;

        internal ReadOnlySpan<byte> Head => _head.AsSpan(0, _headBytes);

        private int Length => BinaryPrimitives.ReadInt32BigEndian(_head) + sizeof(int);

        internal int Take(ReadOnlySpan<byte> bytes)
        {
            int wanted = (_seen < sizeof(int) ? sizeof(int) : Length) - _seen;
            int taken = Math.Min(wanted, bytes.Length);
            int kept = Math.Min(taken, _head.Length - _headBytes);
            bytes[..kept].CopyTo(_head.AsSpan(_headBytes));
            _headBytes += kept;
            _seen += taken;
            return taken;
        }

        internal void Next() => _headBytes = _seen = 0;
    }
}

/// <summary>Answers each frame with itself, or with one answer that takes over the frame's correlation id.</summary>
internal sealed class Responder(byte[]? answer) : BareServer
{
    private const int RequestCorrelationAt = 8;
    private const int AnswerCorrelationAt = 4;
    private readonly byte[] _out = new byte[256 * 1024];
    private int _length;

    protected override void Answer(int socket, ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> bytes = answer ?? frame;
        if (_length + bytes.Length > _out.Length) Flush(socket);
        bytes.CopyTo(_out.AsSpan(_length));
        if (answer is not null) frame.Slice(RequestCorrelationAt, sizeof(int)).CopyTo(_out.AsSpan(_length + AnswerCorrelationAt));
        _length += bytes.Length;
    }

    protected override void Flush(int socket)
    {
        SendAll(socket, _out.AsSpan(0, _length));
        _length = 0;
    }
}

/// <summary>Sends the part of a file that a request names by position and length, after its length, by sendfile.</summary>
internal sealed class SendfileServer(string path) : BareServer
{
    internal const int RequestBytes = sizeof(int) + sizeof(long) + sizeof(int);
    private const int MoreFollows = 0x8000;
    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }

    protected override void Answer(int socket, ReadOnlySpan<byte> frame)
    {
        long position = BinaryPrimitives.ReadInt64BigEndian(frame[sizeof(int)..]);
        int left = BinaryPrimitives.ReadInt32BigEndian(frame[(sizeof(int) + sizeof(long))..]);
        SendAll(socket, frame[(sizeof(int) + sizeof(long))..], MoreFollows);
        while (left > 0)
        {
            nint sent = Native.SendFile(socket, (int)_file.DangerousGetHandle(), ref position, left);
            if (sent <= 0)
            {
                if (sent < 0 && Native.Errno == Native.Interrupted) continue;
                return;
            }
            left -= (int)sent;
        }
    }
}
