using System.Net;
using System.Runtime.CompilerServices;

namespace Sluice.Network.Native;

/// <summary>Socket calls that repeat on EINTR and answer a byte count, or minus the error number.</summary>
internal static unsafe class SocketCalls
{
    internal static int Receive(int socket, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                nint got = Libc.Receive(socket, start, (nuint)buffer.Length, 0);
                if (got >= 0) return (int)got;
                int errno = Libc.Errno;
                if (errno != Errno.Interrupted) return -errno;
            }
        }
    }

    /// <summary>Fills <paramref name="first"/>, then <paramref name="second"/>, in one call.</summary>
    internal static int Receive(int socket, Span<byte> first, Span<byte> second)
    {
        fixed (byte* firstStart = first)
        fixed (byte* secondStart = second)
        {
            IoVector* vectors = stackalloc IoVector[2];
            vectors[0] = new IoVector { Start = firstStart, Length = (nuint)first.Length };
            vectors[1] = new IoVector { Start = secondStart, Length = (nuint)second.Length };
            while (true)
            {
                nint got = Libc.ReadVector(socket, vectors, 2);
                if (got >= 0) return (int)got;
                int errno = Libc.Errno;
                if (errno != Errno.Interrupted) return -errno;
            }
        }
    }

    /// <param name="socket">The connection.</param>
    /// <param name="bytes">What to send.</param>
    /// <param name="more">More follows at once: the kernel need not send a short packet now.</param>
    internal static int Send(int socket, ReadOnlySpan<byte> bytes, bool more)
    {
        int flags = Linux.MessageNoSignal | (more ? Linux.MessageMore : 0);
        fixed (byte* start = bytes)
        {
            while (true)
            {
                nint sent = Libc.Send(socket, start, (nuint)bytes.Length, flags);
                if (sent >= 0) return (int)sent;
                int errno = Libc.Errno;
                if (errno != Errno.Interrupted) return -errno;
            }
        }
    }

    internal static int SendFile(int socket, int file, long position, int count)
    {
        while (true)
        {
            long offset = position;
            nint sent = Libc.SendFile(socket, file, &offset, (nuint)count);
            if (sent >= 0) return (int)sent;
            int errno = Libc.Errno;
            if (errno != Errno.Interrupted) return -errno;
        }
    }

    /// <summary>Sets an integer option; false when the kernel refuses it.</summary>
    internal static bool SetOption(int socket, int level, int name, int value) =>
        Libc.SetSocketOption(socket, level, name, &value, sizeof(int)) == 0;

    /// <summary>Sets an option that is a text; false when the kernel refuses it.</summary>
    internal static bool SetOption(int socket, int level, int name, ReadOnlySpan<byte> text)
    {
        fixed (byte* start = text) return Libc.SetSocketOption(socket, level, name, start, text.Length) == 0;
    }

    /// <summary>Takes the next waiting connection: its descriptor, or minus the error number.</summary>
    internal static int Accept(int listener, out IPEndPoint peer)
    {
        byte* address = stackalloc byte[128];
        int length = 128;
        peer = UnknownPeer;
        while (true)
        {
            int socket = Libc.Accept(listener, address, &length, Linux.SocketNonBlocking | Linux.SocketCloseOnExec);
            if (socket >= 0)
            {
                peer = ParseAddress(address);
                return socket;
            }
            int errno = Libc.Errno;
            if (errno != Errno.Interrupted) return -errno;
        }
    }

    /// <summary>The address that a socket is bound to.</summary>
    internal static IPEndPoint LocalAddress(int socket)
    {
        byte* address = stackalloc byte[128];
        int length = 128;
        if (Libc.GetSocketName(socket, address, &length) != 0)
            throw new NetworkException($"getsockname failed: {Errno.Describe(Libc.Errno)}");
        return ParseAddress(address);
    }

    private static readonly IPEndPoint UnknownPeer = new(IPAddress.None, 0);

    private static IPEndPoint ParseAddress(byte* address)
    {
        int family = Unsafe.ReadUnaligned<ushort>(address);
        int port = (address[2] << 8) | address[3];
        if (family == Linux.AddressFamilyIPv4) return new IPEndPoint(new IPAddress(new ReadOnlySpan<byte>(address + 4, 4)), port);
        if (family != Linux.AddressFamilyIPv6) return UnknownPeer;
        var ip = new IPAddress(new ReadOnlySpan<byte>(address + 8, 16), Unsafe.ReadUnaligned<uint>(address + 24));
        return new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, port);
    }
}
