using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Kubernetes;
using Sluice.Local.Api;
using Sluice.Local.Controllers;
using Sluice.Local.Controllers.Volumes;
using Sluice.Local.Pods;
using Sluice.Local.Pods.Logs;
using Sluice.Local.Pods.Processes;
using Sluice.Local.Services;

namespace Sluice.Local;

/// <summary>What a local cluster is made of.</summary>
public sealed record LocalClusterOptions
{
    /// <summary>Holds objects, volumes, logs and the kubeconfig; made when missing. One cluster at a time may use it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Port of the API on 127.0.0.1; 0 takes any that is free.</summary>
    public int Port { get; init; }

    /// <summary>The programs that stand for images.</summary>
    public required ImageTable Images { get; init; }

    /// <summary>
    /// Whether this machine is a node of the cluster. Without it there are the API and the controllers only: pods and claims stay
    /// pending and services have no forwarders, as in a Kubernetes without nodes and storage.
    /// </summary>
    public bool HasNode { get; init; } = true;

    /// <summary>Where log lines go.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}

/// <summary>
/// A whole cluster in one process: the API server, the controllers, the node's agent and the service proxy. All but the server
/// are clients of the API. The pods are processes of their own, which live on when this process is killed and are taken over
/// at the next start.
/// </summary>
public sealed class LocalCluster : IAsyncDisposable
{
    private readonly ApiServer _server;
    private readonly LocalInformers _informers;
    private readonly PodRuntime? _runtime;
    private readonly PodAgent? _agent;
    private readonly ServiceProxy? _proxy;
    private readonly List<EventRecorder> _recorders = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _controllers;
    private int _stopped;

    private LocalCluster(ApiServer server, KubernetesClient client, PodFolders folders, LocalClusterOptions options)
    {
        var log = options.LoggerFactory.CreateLogger("Sluice.Local");
        _server = server;
        Client = client;
        _informers = new LocalInformers(client, log);
        EventRecorder Recorder(string component)
        {
            var recorder = new EventRecorder(client, component, LocalNode.Name, null, log);
            _recorders.Add(recorder);
            return recorder;
        }
        var manager = ControllerSet.Create(client, _informers, Recorder, options.HasNode, log);
        if (options.HasNode)
        {
            _runtime = new PodRuntime(
                folders, new AddressAllocator(folders.Addresses), options.Images, new CacheConfigSource(_informers), new PodEvents(Recorder("kubelet")), log);
            _agent = new PodAgent(_runtime, new PodApi(client), _informers);
            _proxy = new ServiceProxy(_informers, Recorder("kube-proxy"), log);
            ControllerSet.AddVolumes(manager, client, _informers, folders.PersistentVolumes, log).Add(_proxy.CreateController());
        }
        _controllers = Task.Run(() => manager.RunAsync(null, _stop.Token));
    }

    /// <summary>A client of the API with all rights.</summary>
    public KubernetesClient Client { get; }

    /// <summary>Where the API is served.</summary>
    public Uri Address => _server.Address;

    /// <summary>The administrator's kubeconfig file.</summary>
    public string KubeConfigPath => _server.KubeConfigPath;

    /// <summary>Completes, with the error, when a controller can't go on; else when the cluster is stopped.</summary>
    public Task Faulted => _controllers;

    /// <summary>Starts the cluster; when the task ends the API answers, and what is known of the pods is true.</summary>
    /// <exception cref="IOException">The folder or the port is taken.</exception>
    public static async Task<LocalCluster> StartAsync(LocalClusterOptions options, CancellationToken cancellation = default)
    {
        var folders = new PodFolders(options.DataDirectory);
        Directory.CreateDirectory(folders.Pods);
        Directory.CreateDirectory(folders.PersistentVolumes);
        var server = await ApiServer.StartAsync(
            new ApiServerOptions
            {
                DataDirectory = Path.Combine(folders.Root, "api"),
                Port = options.Port,
                PodLogs = new PodLogs(folders),
                LoggerFactory = options.LoggerFactory,
            }, cancellation).ConfigureAwait(false);
        LocalCluster? cluster = null;
        try
        {
            var client = new KubernetesClient(KubeConfig.Load(server.KubeConfigPath));
            cluster = new LocalCluster(server, client, folders, options);
            await cluster.BeginAsync(cancellation).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            if (cluster is not null) await cluster.StopAsync(stopPods: false).ConfigureAwait(false);
            else await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private Task BeginAsync(CancellationToken cancellation) => _agent is null
        ? _informers.WaitForSyncAsync(cancellation)
        : Task.WhenAll(
            NodeRegistration.RegisterAsync(Client, cancellation),
            StandardStorageClass.EnsureAsync(Client, cancellation),
            _agent.BeginAsync(cancellation));

    /// <summary>
    /// Ends the processes of pods that a killed control plane left behind, each with a grace, and tells how many there were.
    /// For use when no control plane runs on the folder.
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

    /// <summary>Stops the cluster and leaves the pods' processes running, for the next start to take over.</summary>
    public ValueTask DisposeAsync() => new(StopAsync(stopPods: false));

    /// <summary>Stops the cluster, with or without its pods; they are not deleted and run again after the next start.</summary>
    public async Task StopAsync(bool stopPods)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        // The agent's reports still need the API; what it stops nobody else is to start again.
        if (stopPods && _agent is not null) await _agent.StopPodsAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await _controllers.ConfigureAwait(false);
        }
        finally
        {
            if (_agent is not null) await _agent.DisposeAsync().ConfigureAwait(false);
            if (_proxy is not null) await _proxy.DisposeAsync().ConfigureAwait(false);
            await Task.WhenAll(_recorders.Select(r => r.DisposeAsync().AsTask())).ConfigureAwait(false);
            Client.Dispose();
            if (_runtime is not null) await _runtime.DisposeAsync().ConfigureAwait(false);
            await _server.DisposeAsync().ConfigureAwait(false);
            _stop.Dispose();
        }
    }
}
