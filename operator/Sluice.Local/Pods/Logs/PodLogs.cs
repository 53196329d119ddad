using Sluice.Local.Api;
using Sluice.Local.Pods.Containers;

namespace Sluice.Local.Pods.Logs;

/// <summary>Finds the logs of containers in the runtime's folder, for `kubectl logs`.</summary>
internal sealed class PodLogs(PodFolders folders) : IPodLogs
{
    public async Task<bool> WriteAsync(PodLogRequest request, Stream output, CancellationToken cancellation)
    {
        var folder = Path.Combine(folders.Pods, $"{request.Namespace}_{request.Pod}_{request.Uid}", request.Container);
        var state = Path.Combine(folder, "state.json");
        if (ContainerRecord.Read(state) is not { } record) return false;
        var attempt = request.Previous ? record.Attempt - 1 : record.Attempt;
        var path = Path.Combine(folder, $"{attempt}.log");
        if (!File.Exists(path)) return false;
        var query = new LogQuery
        {
            TailLines = request.TailLines,
            Since = request.Since,
            LimitBytes = request.LimitBytes,
            Timestamps = request.Timestamps,
        };
        bool Ended() => ContainerRecord.Read(state) is not { Process: { IsAlive: true } } now || now.Attempt != attempt;
        await LogReader.CopyAsync(path, query, output, request.Follow ? Ended : null, cancellation).ConfigureAwait(false);
        return true;
    }
}
