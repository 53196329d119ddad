using Microsoft.Extensions.Logging;

namespace Sluice.Local.NodeAgent;

internal static partial class PodLog
{
    [LoggerMessage(301, LogLevel.Warning, "Pod {Namespace}/{Name}: {Error}; trying again")]
    public static partial void SyncFailed(ILogger log, string @namespace, string name, string error);

    [LoggerMessage(302, LogLevel.Information, "Ended process {Pid}, which belonged to no pod ({Marker})")]
    public static partial void OrphanEnded(ILogger log, int pid, string marker);

    [LoggerMessage(303, LogLevel.Error, "Pod {Namespace}/{Name}: its worker broke")]
    public static partial void WorkerBroke(ILogger log, Exception error, string @namespace, string name);

    [LoggerMessage(304, LogLevel.Warning, "Event about {Namespace}/{Name} could not be written: {Error}")]
    public static partial void EventFailed(ILogger log, string @namespace, string name, string error);
}
