using System.Diagnostics.Metrics;
using Sluice.Network;

namespace Sluice.Broker.Metrics;

/// <summary>Connections that came, ended and were refused.</summary>
internal sealed class ConnectionMetrics
{
    private readonly Counter<long> _opened;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _refused;

    internal ConnectionMetrics(Meter meter)
    {
        _opened = meter.CreateCounter<long>("sluice_connections_opened_total", description: "Connections accepted");
        _closed = meter.CreateCounter<long>("sluice_connections_closed_total", description: "Connections ended, by reason");
        _refused = meter.CreateCounter<long>("sluice_connections_refused_total", description: "Connections refused because of a limit");
    }

    internal void OnOpened(string listener) => _opened.Add(1, new KeyValuePair<string, object?>("listener", listener));

    internal void OnClosed(string listener, CloseReason reason) => _closed.Add(
        1,
        new KeyValuePair<string, object?>("listener", listener),
        new KeyValuePair<string, object?>("reason", Name(reason)));

    internal void OnRefused(string listener, string limit) => _refused.Add(
        1,
        new KeyValuePair<string, object?>("listener", listener),
        new KeyValuePair<string, object?>("limit", limit));

    private static string Name(CloseReason reason) => reason switch
    {
        CloseReason.PeerClosed => "peer_closed",
        CloseReason.PeerGone => "peer_gone",
        CloseReason.Idle => "idle",
        CloseReason.BadRequest => "bad_request",
        CloseReason.ByHandler => "by_handler",
        CloseReason.Overload => "overload",
        CloseReason.Failure => "failure",
        CloseReason.Stopping => "stopping",
        _ => "other",
    };
}
