using Microsoft.Extensions.Logging;
using Sluice.Local.NodeAgent.Containers;
using Sluice.Local.NodeAgent.Logs;
using Sluice.Local.NodeAgent.Processes;
using Sluice.Local.NodeAgent.Volumes;

namespace Sluice.Local.NodeAgent;

/// <summary>What all pods of a node share.</summary>
internal sealed record PodRuntime(
    PodFolders Folders,
    AddressAllocator Addresses,
    ImageTable Images,
    IConfigSource Config,
    IPodEvents Events,
    ILogger Log) : IAsyncDisposable
{
    /// <summary>
    /// Variable that each process of a pod finds in its environment, with the state folder, the pod's uid, the container and the
    /// attempt: what is left over after a kill at the wrong moment can be told by it from other people's processes.
    /// </summary>
    public const string MarkerVariable = "LOCAL_POD";

    public ProcessMonitor Monitor { get; } = new();

    public LogKeeper Logs { get; } = new();

    public PodVolumes Volumes { get; } = new(Folders, Config);

    public string Marker(string podUid, string container, int attempt) => $"{Folders.Root}:{podUid}/{container}/{attempt}";

    public async ValueTask DisposeAsync()
    {
        Monitor.Dispose();
        await Logs.DisposeAsync().ConfigureAwait(false);
    }
}
