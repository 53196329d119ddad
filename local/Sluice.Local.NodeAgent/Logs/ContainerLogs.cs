using Sluice.Local.NodeAgent.Containers;

namespace Sluice.Local.NodeAgent.Logs;

/// <summary>Finds the logs of containers in the agent's folder, also while no agent runs.</summary>
/// <param name="dataDirectory">The agent's folder.</param>
public sealed class ContainerLogs(string dataDirectory)
{
    private readonly PodFolders _folders = new(dataDirectory);

    /// <summary>Writes a part of a container's log to a stream, as plain text lines.</summary>
    /// <param name="pod">The pod, by namespace, name and uid.</param>
    /// <param name="container">The container's name.</param>
    /// <param name="previous">The run before the present one.</param>
    /// <param name="follow">Go on with what is written until the container ends.</param>
    /// <param name="query">Which lines.</param>
    /// <param name="output">Where to.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>False when there is no such log yet; nothing was written then.</returns>
    public async Task<bool> WriteAsync(
        (string Namespace, string Name, string Uid) pod, string container, bool previous, bool follow, LogQuery query, Stream output, CancellationToken cancellation)
    {
        var folder = Path.Combine(_folders.Pods, $"{pod.Namespace}_{pod.Name}_{pod.Uid}", container);
        var state = Path.Combine(folder, "state.json");
        if (ContainerRecord.Read(state) is not { } record) return false;
        var attempt = previous ? record.Attempt - 1 : record.Attempt;
        var path = Path.Combine(folder, $"{attempt}.log");
        if (!File.Exists(path)) return false;
        bool Ended() => ContainerRecord.Read(state) is not { Process: { IsAlive: true } } now || now.Attempt != attempt;
        await LogReader.CopyAsync(path, query, output, follow ? Ended : null, cancellation).ConfigureAwait(false);
        return true;
    }
}
