using System.Net;
using System.Net.Sockets;
using Sluice.Network.Connections;
using System.Text;
using Sluice.Network.Native;

namespace Sluice.Network.Listening;

/// <summary>Opens listening sockets.</summary>
internal static class ListenerSocket
{
    private const string AvailableCongestionControls = "/proc/sys/net/ipv4/tcp_available_congestion_control";

    /// <summary>A bound, listening, non-blocking socket.</summary>
    /// <exception cref="NetworkException">The address cannot be listened on; the message says why.</exception>
    internal static int Open(ListenerOptions options)
    {
        bool everyAddress = options.Address.Address.Equals(IPAddress.IPv6Any);
        IPEndPoint address = options.Address;
        int socket = Create(address);
        if (socket == -Errno.AddressFamilyNotSupported && everyAddress)
        {
            // A kernel without IPv6: the wildcard is then the one of IPv4.
            address = new IPEndPoint(IPAddress.Any, address.Port);
            socket = Create(address);
        }
        if (socket < 0) throw Failure(options, -socket);
        try
        {
            Configure(socket, options, address.AddressFamily == AddressFamily.InterNetworkV6, everyAddress);
            Bind(socket, address, options);
            return socket;
        }
        catch
        {
            _ = Libc.Close(socket);
            throw;
        }
    }

    private static int Create(IPEndPoint address)
    {
        int family = address.AddressFamily == AddressFamily.InterNetworkV6 ? Linux.AddressFamilyIPv6 : Linux.AddressFamilyIPv4;
        int socket = Libc.Socket(family, Linux.SocketStream | Linux.SocketNonBlocking | Linux.SocketCloseOnExec, 0);
        return socket >= 0 ? socket : -Libc.Errno;
    }

    private static void Configure(int socket, ListenerOptions options, bool isIPv6, bool everyAddress)
    {
        bool done = SocketCalls.SetOption(socket, Linux.LevelSocket, Linux.OptionReuseAddress, 1)
            && (!isIPv6 || SocketCalls.SetOption(socket, Linux.LevelIPv6, Linux.OptionIPv6Only, everyAddress ? 0 : 1));
        if (!done) throw Failure(options, Libc.Errno);
        if (options.CongestionControl.Length > 0 && !SocketCalls.SetOption(socket, Linux.LevelTcp, Linux.OptionTcpCongestion, Encoding.UTF8.GetBytes(options.CongestionControl)))
            throw new NetworkException($"listener {options.Name}: cannot use the congestion control {options.CongestionControl} ({Errno.Describe(Libc.Errno)}). Choose one of {AvailableCongestionControls}, or nothing for that of the system.");
        // Accepted sockets inherit it, and the sizes; the receive window is fixed at the handshake, so it must be set before.
        if (options.SendBufferBytes is { } send) _ = SocketCalls.SetOption(socket, Linux.LevelSocket, Linux.OptionSendBuffer, send);
        // Inherited too. A peer that does not read would have the kernel keep megabytes of answers, in memory that nobody counts.
        _ = SocketCalls.SetOption(socket, Linux.LevelTcp, Linux.OptionTcpNotSentLowWater, FrameSender.KernelBytesMax);
        if (options.ReceiveBufferBytes is { } receive) _ = SocketCalls.SetOption(socket, Linux.LevelSocket, Linux.OptionReceiveBuffer, receive);
    }

    private static unsafe void Bind(int socket, IPEndPoint address, ListenerOptions options)
    {
        SocketAddress native = address.Serialize();
        fixed (byte* start = native.Buffer.Span)
        {
            if (Libc.Bind(socket, start, native.Size) != 0 || Libc.Listen(socket, options.BacklogMax) != 0)
                throw Failure(options, Libc.Errno);
        }
    }

    private static NetworkException Failure(ListenerOptions options, int errno) =>
        new($"listener {options.Name}: cannot listen on {options.Address}: {Errno.Describe(errno)}");
}
