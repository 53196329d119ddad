using Microsoft.Extensions.Logging;

namespace Sluice.Kubernetes.Leases;

internal static partial class LeaderLog
{
    [LoggerMessage(301, LogLevel.Information, "{Identity} leads by the lease {Lease}")]
    public static partial void Leading(ILogger log, string identity, string lease);

    [LoggerMessage(302, LogLevel.Warning, "Lease {Lease}: {Error}")]
    public static partial void Failed(ILogger log, string lease, string error);

    [LoggerMessage(303, LogLevel.Information, "Lease {Lease} is released")]
    public static partial void Released(ILogger log, string lease);
}
