using Microsoft.Extensions.Logging;

namespace Sluice.Kubernetes.Informers;

internal static partial class InformerLog
{
    [LoggerMessage(101, LogLevel.Debug, "Informer of {Kind}: version {Version} is too old, listing anew")]
    public static partial void Expired(ILogger log, string kind, string? version);

    [LoggerMessage(102, LogLevel.Warning, "Informer of {Kind}: {Error}; trying again")]
    public static partial void Failed(ILogger log, string kind, string error);

    [LoggerMessage(103, LogLevel.Debug, "Informer of {Kind}: the server streams no initial state, listing instead")]
    public static partial void NoStreaming(ILogger log, string kind);

    [LoggerMessage(104, LogLevel.Error, "Informer of {Kind}: {Name} cannot be read and is left out: {Error}")]
    public static partial void Unreadable(ILogger log, string kind, string name, string error);
}
