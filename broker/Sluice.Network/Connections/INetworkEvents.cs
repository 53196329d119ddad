using System.Net;

namespace Sluice.Network.Connections;

/// <summary>
/// What the network layer has to tell (for logs and metrics). Called on loops' threads, several at once; must not block or throw.
/// </summary>
public interface INetworkEvents
{
    /// <summary>A connection was accepted and is served.</summary>
    void ConnectionOpened(Connection connection);

    /// <summary>A connection ended.</summary>
    /// <param name="connection">The connection, for its names; it can no longer be used.</param>
    /// <param name="reason">The kind of end.</param>
    /// <param name="detail">A sentence for a person: what was seen, and what to do when that is known.</param>
    void ConnectionClosed(Connection connection, CloseReason reason, string detail);

    /// <summary>A connection was closed right after it was accepted, because of a limit.</summary>
    void ConnectionRefused(string listener, IPAddress address, string limit);

    /// <summary>Accepting stopped for a while: a limit is reached or the system is short of descriptors or memory.</summary>
    void AcceptPaused(string listener, string cause);
}
