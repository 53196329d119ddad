using System.Net;
using Microsoft.Extensions.Logging;
using Sluice.Broker.Logging;
using Sluice.Broker.Metrics;
using Sluice.Network;
using Sluice.Network.Connections;

namespace Sluice.Broker.Hosting;

/// <summary>
/// Tells the log and the metrics of connections. An ordinary end is for debugging only; one that says something is wrong is a
/// warning, of which at most some a second are shown, so that a storm of bad clients cannot flood the log.
/// </summary>
internal sealed class NetworkEventLog(ILogger logger, ConnectionMetrics metrics) : INetworkEvents
{
    private readonly LogThrottle _closed = new(logger, "connection closed");
    private readonly LogThrottle _refused = new(logger, "connection refused");
    private readonly LogThrottle _paused = new(logger, "accepting paused");

    public void ConnectionOpened(Connection connection)
    {
        metrics.OnOpened(connection.Listener.Name);
        if (logger.IsEnabled(LogLevel.Debug))
            BrokerLog.ConnectionOpened(logger, connection.Id, connection.Peer.ToString(), connection.Listener.Name);
    }

    public void ConnectionClosed(Connection connection, CloseReason reason, string detail)
    {
        metrics.OnClosed(connection.Listener.Name, reason);
        if (reason is CloseReason.PeerClosed or CloseReason.PeerGone or CloseReason.Idle or CloseReason.Stopping)
        {
            if (logger.IsEnabled(LogLevel.Debug))
                BrokerLog.ConnectionEnded(logger, connection.Id, connection.Peer.ToString(), connection.Listener.Name, reason.ToString(), detail);
        }
        else if (_closed.MayShow())
        {
            BrokerLog.ConnectionClosed(logger, connection.Id, connection.Peer.ToString(), connection.Listener.Name, reason.ToString(), detail);
        }
    }

    public void ConnectionRefused(string listener, IPAddress address, string limit)
    {
        metrics.OnRefused(listener, limit);
        if (_refused.MayShow()) BrokerLog.ConnectionRefused(logger, listener, address.ToString(), limit);
    }

    public void AcceptPaused(string listener, string cause)
    {
        if (_paused.MayShow()) BrokerLog.AcceptPaused(logger, listener, cause);
    }
}
