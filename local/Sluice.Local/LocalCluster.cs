using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Configuration;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Events;
using Sluice.Local.ApiServer;
using Sluice.Local.Controllers;
using Sluice.Local.NodeAgent;
using Sluice.Local.NodeAgent.Logs;

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
/// A whole cluster in one process: the API server, the standard controllers and the node's agent. All but the server are clients
/// of the API, which see no other part of it. The pods are processes of their own, which live on when this process is killed and
/// are taken over at the next start.
/// </summary>
public sealed class LocalCluster : IAsyncDisposable
{
    private readonly LocalApiServer _server;
    private readonly LocalInformers _informers;
    private readonly LocalNodeAgent? _node;
    private readonly List<EventRecorder> _recorders = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _controllers;
    private int _stopped;

    private LocalCluster(LocalApiServer server, KubernetesClient client, LocalClusterOptions options)
    {
        var log = options.LoggerFactory.CreateLogger("Sluice.Local");
        _server = server;
        Client = client;
        _informers = new LocalInformers(client, log);
        EventRecorder Recorder(string component)
        {
            var recorder = new EventRecorder(client, component, LocalNodeAgent.NodeName, null, log);
            _recorders.Add(recorder);
            return recorder;
        }
        if (options.HasNode) _node = new LocalNodeAgent(client, _informers.ForNode, options.DataDirectory, options.Images, Recorder, log);
        var node = _node is null ? null : new SchedulableNode(LocalNodeAgent.NodeName, _node.VolumeFolder);
        var manager = new ControllerManager();
        foreach (var informer in _informers.All) manager.Add(informer);
        foreach (var controller in StandardControllers.Create(client, _informers.ForControllers, Recorder, node, log)) manager.Add(controller);
        if (_node is not null) manager.Add(_node.ServiceProxy);
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
        ArgumentNullException.ThrowIfNull(options);
        var server = await LocalApiServer.StartAsync(
            new ApiServerOptions
            {
                DataDirectory = Path.Combine(options.DataDirectory, "api"),
                Port = options.Port,
                PodLogs = new PodLogs(new ContainerLogs(options.DataDirectory)),
                LoggerFactory = options.LoggerFactory,
            }, cancellation).ConfigureAwait(false);
        LocalCluster? cluster = null;
        try
        {
            var client = new KubernetesClient(KubeConfig.Load(server.KubeConfigPath));
            cluster = new LocalCluster(server, client, options);
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

    private Task BeginAsync(CancellationToken cancellation) => _node is null
        ? _informers.WaitForSyncAsync(cancellation)
        : Task.WhenAll(StandardControllers.EnsureStorageClassAsync(Client, cancellation), _node.BeginAsync(cancellation));

    /// <summary>Stops the cluster and leaves the pods' processes running, for the next start to take over.</summary>
    public ValueTask DisposeAsync() => new(StopAsync(stopPods: false));

    /// <summary>Stops the cluster, with or without its pods; they are not deleted and run again after the next start.</summary>
    public async Task StopAsync(bool stopPods)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        // The agent's reports still need the API; what it stops nobody else is to start again.
        if (stopPods && _node is not null) await _node.StopPodsAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await _controllers.ConfigureAwait(false);
        }
        finally
        {
            if (_node is not null) await _node.DisposeAsync().ConfigureAwait(false);
            await Task.WhenAll(_recorders.Select(r => r.DisposeAsync().AsTask())).ConfigureAwait(false);
            Client.Dispose();
            await _server.DisposeAsync().ConfigureAwait(false);
            _stop.Dispose();
        }
    }
}
