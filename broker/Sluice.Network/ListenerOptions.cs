using System.Net;

namespace Sluice.Network;

/// <summary>A socket to accept connections on.</summary>
public sealed record ListenerOptions
{
    /// <summary>The listener's name as the configuration has it, such as <c>PLAINTEXT</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Where to listen; port 0 lets the system choose. <see cref="IPAddress.IPv6Any"/> also takes IPv4.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>Connections that may wait to be accepted (<c>socket.listen.backlog.size</c>).</summary>
    public int BacklogMax { get; init; } = 512;

    /// <summary>Size of the kernel's send buffer in bytes (<c>socket.send.buffer.bytes</c>); null leaves it to the kernel, which adapts it.</summary>
    public int? SendBufferBytes { get; init; }

    /// <summary>Size of the kernel's receive buffer in bytes (<c>socket.receive.buffer.bytes</c>); null leaves it to the kernel, which adapts it.</summary>
    public int? ReceiveBufferBytes { get; init; }

    /// <summary>Congestion control of its connections, by the kernel's name (<c>sluice.socket.congestion.control</c>); empty leaves it to the system.</summary>
    public string CongestionControl { get; init; } = "";

    /// <summary>Connections of this listener; accepting pauses there.</summary>
    public int ConnectionsMax { get; init; } = int.MaxValue;

    /// <summary>Brokers use it among themselves, and what clients are allowed together does not hold for it (KIP-612).</summary>
    public bool IsProtected { get; init; }
}
