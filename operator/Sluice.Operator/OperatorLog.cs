using Microsoft.Extensions.Logging;

namespace Sluice.Operator;

internal static partial class OperatorLog
{
    [LoggerMessage(501, LogLevel.Information, "sluice-operator {Version} works on {Server}, namespace {Namespace}; metrics and health: {Http}")]
    public static partial void Started(ILogger log, string version, Uri server, string @namespace, string http);

    [LoggerMessage(502, LogLevel.Information, "sluice-operator has stopped")]
    public static partial void Stopped(ILogger log);

    [LoggerMessage(503, LogLevel.Critical, "sluice-operator ends: {Error}")]
    public static partial void Failed(ILogger log, string error);
}
