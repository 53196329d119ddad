using Sluice.Core.Requests;
using Sluice.Network.Connections;

namespace Sluice.Broker.Hosting;

/// <summary>What a connection keeps from request to request.</summary>
internal sealed class ConnectionState
{
    private ConnectionState(Connection connection) => Info = new ConnectionInfo
    {
        Id = connection.Id,
        ClientHost = connection.Peer.Address.ToString(),
        ListenerName = connection.Listener.Name,
    };

    /// <summary>What handlers may know of it.</summary>
    internal ConnectionInfo Info { get; }

    internal static ConnectionState Of(Connection connection)
    {
        if (connection.State is ConnectionState state) return state;
        state = new ConnectionState(connection);
        connection.State = state;
        return state;
    }
}
