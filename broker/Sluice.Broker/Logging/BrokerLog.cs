using Microsoft.Extensions.Logging;

namespace Sluice.Broker.Logging;

/// <summary>What the process itself tells. Numbers are never used again; the highest is 22.</summary>
internal static partial class BrokerLog
{
    [LoggerMessage(1, LogLevel.Information, "Sluice {Version} starts as node {NodeId} with {Shards} shards, data in {DataDirectory}")]
    internal static partial void Starting(ILogger logger, string version, int nodeId, int shards, string dataDirectory);

    [LoggerMessage(2, LogLevel.Warning, "{Note}")]
    internal static partial void PropertyNote(ILogger logger, string note);

    [LoggerMessage(3, LogLevel.Information, "listener {Listener} listens on {Address}")]
    internal static partial void Listening(ILogger logger, string listener, string address);

    [LoggerMessage(4, LogLevel.Information, "ready {Milliseconds} ms after the start of the process")]
    internal static partial void Ready(ILogger logger, long milliseconds);

    [LoggerMessage(5, LogLevel.Information, "metrics and health are served on http://{Address}")]
    internal static partial void HttpListening(ILogger logger, string address);

    [LoggerMessage(6, LogLevel.Information, "{Signal}: stopping; waiting up to {Milliseconds} ms for requests in flight")]
    internal static partial void Stopping(ILogger logger, string signal, long milliseconds);

    [LoggerMessage(7, LogLevel.Warning, "{Signal} again: no longer waiting for clients")]
    internal static partial void StoppingFaster(ILogger logger, string signal);

    [LoggerMessage(8, LogLevel.Warning, "requests in flight did not end in time; {Connections} connections are closed with them")]
    internal static partial void DrainTimedOut(ILogger logger, int connections);

    [LoggerMessage(9, LogLevel.Information, "stopped cleanly in {Milliseconds} ms")]
    internal static partial void Stopped(ILogger logger, long milliseconds);

    [LoggerMessage(10, LogLevel.Critical, "the broker stops at once, without marking its logs clean: {Reason}")]
    internal static partial void Halted(ILogger logger, string reason, Exception? error);

    [LoggerMessage(11, LogLevel.Critical, "the broker could not start: {Reason}")]
    internal static partial void StartFailed(ILogger logger, string reason);

    [LoggerMessage(12, LogLevel.Information, "background work {Task} failed: {Reason}")]
    internal static partial void BackgroundFailed(ILogger logger, string task, string reason);

    [LoggerMessage(13, LogLevel.Debug, "connection {Connection} from {Peer} on {Listener}")]
    internal static partial void ConnectionOpened(ILogger logger, long connection, string peer, string listener);

    [LoggerMessage(14, LogLevel.Debug, "connection {Connection} from {Peer} on {Listener} ended ({Reason}): {Detail}")]
    internal static partial void ConnectionEnded(ILogger logger, long connection, string peer, string listener, string reason, string detail);

    [LoggerMessage(15, LogLevel.Warning, "connection {Connection} from {Peer} on {Listener} closed ({Reason}): {Detail}")]
    internal static partial void ConnectionClosed(ILogger logger, long connection, string peer, string listener, string reason, string detail);

    [LoggerMessage(16, LogLevel.Warning, "listener {Listener}: refused a connection from {Address}: {Limit} is reached")]
    internal static partial void ConnectionRefused(ILogger logger, string listener, string address, string limit);

    [LoggerMessage(17, LogLevel.Warning, "listener {Listener} accepts no connections for a moment: {Cause}")]
    internal static partial void AcceptPaused(ILogger logger, string listener, string cause);

    [LoggerMessage(18, LogLevel.Warning, "{Count} more events like the last one ({Kind}) were not shown")]
    internal static partial void Suppressed(ILogger logger, long count, string kind);

    [LoggerMessage(19, LogLevel.Information, "{Message}")]
    internal static partial void CoreInformation(ILogger logger, string message);

    [LoggerMessage(20, LogLevel.Warning, "{Message}")]
    internal static partial void CoreWarning(ILogger logger, string message, Exception? error);

    [LoggerMessage(21, LogLevel.Error, "{Message}")]
    internal static partial void CoreError(ILogger logger, string message, Exception? error);

    [LoggerMessage(22, LogLevel.Debug, "{Message}")]
    internal static partial void CoreDebug(ILogger logger, string message);

    [LoggerMessage(23, LogLevel.Information, "compression: {Implementations}")]
    internal static partial void Compression(ILogger logger, string implementations);
}
