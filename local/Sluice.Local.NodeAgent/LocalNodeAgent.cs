using Microsoft.Extensions.Logging;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Events;
using Sluice.Local.NodeAgent.Processes;
using Sluice.Local.NodeAgent.Proxy;

namespace Sluice.Local.NodeAgent;

/// <summary>
/// What runs on the one node of the cluster, this machine, as a client of the API: the kubelet's task (<see cref="PodAgent"/>)
/// and kube-proxy's (<see cref="ServiceProxy"/>). The pods are processes of their own, which live on when this process is
/// killed and are taken over at the next start.
/// </summary>
public sealed class LocalNodeAgent : IAsyncDisposable
{
    /// <summary>Name of the Node object.</summary>
    public const string NodeName = LocalNode.Name;

    private readonly KubernetesClient _client;
    private readonly PodRuntime _runtime;
    private readonly PodAgent _agent;
    private readonly ServiceProxy _proxy;

    /// <summary>Connects the agent to the caches that it reads; nothing runs before <see cref="BeginAsync"/>.</summary>
    /// <param name="client">Registers the node and writes the status of pods.</param>
    /// <param name="informers">Read from.</param>
    /// <param name="dataDirectory">Holds volumes, logs and what is known of the processes; made when missing.</param>
    /// <param name="images">The programs that stand for images.</param>
    /// <param name="events">Makes a recorder under a component's name.</param>
    /// <param name="log">Takes failures.</param>
    public LocalNodeAgent(
        KubernetesClient client, NodeInformers informers, string dataDirectory, ImageTable images, Func<string, EventRecorder> events, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(events);
        var folders = new PodFolders(dataDirectory);
        Directory.CreateDirectory(folders.Pods);
        Directory.CreateDirectory(folders.PersistentVolumes);
        _client = client;
        _runtime = new PodRuntime(
            folders, new AddressAllocator(folders.Addresses), images, new CacheConfigSource(informers), new PodEvents(events("kubelet")), log);
        _agent = new PodAgent(_runtime, new PodApi(client), informers);
        _proxy = new ServiceProxy(informers, events("kube-proxy"), log);
        ServiceProxy = _proxy.CreateController();
    }

    /// <summary>Keeps the service proxy as services and their endpoints want it; run by whoever runs the informers.</summary>
    public Controller ServiceProxy { get; }

    /// <summary>The folder under which each persistent volume of the node has its own.</summary>
    public string VolumeFolder => _runtime.Folders.PersistentVolumes;

    /// <summary>Registers the node and starts its pods; completes when the status of each pod is true again.</summary>
    public Task BeginAsync(CancellationToken cancellation) =>
        Task.WhenAll(NodeRegistration.RegisterAsync(_client, cancellation), _agent.BeginAsync(cancellation));

    /// <summary>Ends the processes of all pods, each with its grace; the pods stay in the API and run again after the next start.</summary>
    public Task StopPodsAsync() => _agent.StopPodsAsync();

    /// <summary>Stops watching and leaves all processes as they are, for the next start to take over.</summary>
    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync().ConfigureAwait(false);
        await _proxy.DisposeAsync().ConfigureAwait(false);
        await _runtime.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Ends the processes of pods that a killed agent left behind, each with a grace, and tells how many there were.
    /// For use when no agent runs on the folder.
    /// </summary>
    public static async Task<int> StopLeftoverPodsAsync(string dataDirectory, TimeSpan grace, CancellationToken cancellation = default)
    {
        var root = new PodFolders(dataDirectory).Root;
        var found = OrphanSweep.Find(root).Select(p => p.Process).ToList();
        using var monitor = new ProcessMonitor();
        var processes = found.Select(p => LocalProcess.TryAdopt(monitor, p)).OfType<LocalProcess>().ToList();
        foreach (var process in processes) process.Signal(Libc.SigTerm);
        var ended = Task.WhenAll(processes.Select(p => p.Exited));
        try
        {
            await ended.WaitAsync(grace, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            foreach (var process in processes) process.Kill();
            await ended.ConfigureAwait(false);
        }
        return processes.Count;
    }
}
