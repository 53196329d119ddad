using Sluice.Local.ApiServer;
using Sluice.Local.NodeAgent.Logs;

namespace Sluice.Local;

/// <summary>Where the API server gets the logs of containers from: a real one would ask the kubelet over HTTP.</summary>
internal sealed class PodLogs(ContainerLogs logs) : IPodLogs
{
    public Task<bool> WriteAsync(PodLogRequest request, Stream output, CancellationToken cancellation) => logs.WriteAsync(
        (request.Namespace, request.Pod, request.Uid),
        request.Container,
        request.Previous,
        request.Follow,
        new LogQuery { TailLines = request.TailLines, Since = request.Since, LimitBytes = request.LimitBytes, Timestamps = request.Timestamps },
        output,
        cancellation);
}
