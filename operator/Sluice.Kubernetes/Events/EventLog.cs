using Microsoft.Extensions.Logging;

namespace Sluice.Kubernetes.Events;

internal static partial class EventLog
{
    [LoggerMessage(401, LogLevel.Debug, "Event {Reason} of {Name} is lost: {Error}")]
    public static partial void Lost(ILogger log, string reason, string name, string error);
}
