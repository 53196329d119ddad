using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using Sluice.Broker.Logging;
using Sluice.Broker.Metrics;
using Sluice.Broker.Startup;
using Sluice.Core.Configuration;
using Sluice.Core.Nodes;
using Sluice.Core.Shards;
using Sluice.Network;
using Sluice.Network.Listening;
using Sluice.Network.Loops;
using Sluice.Storage.Disk;

namespace Sluice.Broker.Hosting;

/// <summary>
/// A running broker: the node, the event loops that drive its shards, the background threads and the listeners. A start binds the
/// addresses first (one in use is found before any log is touched), brings the node up, and accepts clients last.
/// </summary>
internal sealed class BrokerHost : IShardServices, IDisposable
{
    private readonly ILogger _log;
    private readonly ILogger _coreLog;
    private readonly Action<int> _exit;
    private readonly Action _flushLog;
    private readonly ShardLoop[] _loops;
    private readonly BackgroundWorkers _workers;
    private readonly BackgroundWorkers _readers;
    private readonly BackgroundWorkers _decoders;
    private readonly List<Acceptor> _acceptors = [];
    private readonly PartitionMetrics _partitions;
    private readonly GroupMetrics _groups;
    private readonly ConnectionLimits _limits;
    private readonly NetworkSettings _network;
    private Node? _node;
    private volatile string? _notReadyReason = "the broker is starting";

    private BrokerHost(BrokerProperties properties, NetworkSettings network, BrokerMetrics metrics, HostOutput output)
    {
        _log = output.Logs.CreateLogger("broker");
        _coreLog = output.Logs.CreateLogger("core");
        _exit = output.Exit;
        _flushLog = output.FlushLog;
        int shards = ShardsOf(properties);
        var events = new NetworkEventLog(output.Logs.CreateLogger("network"), metrics.Connections);
        // With one processor whoever polls keeps its client from running.
        var options = new EventLoopOptions { Limits = network.Limits, SpinMicroseconds = Environment.ProcessorCount > 1 ? 50 : 0 };
        _workers = new BackgroundWorkers(Math.Clamp(2 * Environment.ProcessorCount, 4, 16), metrics.Background);
        _decoders = new BackgroundWorkers(Math.Max(1, Environment.ProcessorCount / 2), metrics.Background, niceness: 10);
        _readers = new BackgroundWorkers(Math.Clamp(Environment.ProcessorCount, 2, 8), metrics.Background);
        _loops = new ShardLoop[shards];
        for (int i = 0; i < shards; i++) _loops[i] = new ShardLoop(i, options, this, events, metrics.Requests);
        LoopMetrics.Register(metrics.Meter, _loops, _workers);
        _partitions = new PartitionMetrics(metrics, _loops);
        _groups = new GroupMetrics(metrics.Meter, _loops);
        CleanerMetrics.Register(metrics.Meter, () => _node?.Shards[0].Partitions.Cleaner?.Statistics, TimeProvider.System);
        DirectoryMetrics.Register(metrics.Meter, () => _node?.Context);
        EventLoop[] eventLoops = [.. _loops.Select(loop => loop.Loop)];
        Health = new LoopHealth(eventLoops);
        _limits = new ConnectionLimits(network.Limits, network.AddressOverrides);
        _network = network;
        foreach (ListenerOptions listener in network.Listeners) _acceptors.Add(new Acceptor(listener, eventLoops, _limits, events));
    }

    /// <summary>How many event loops a broker with these properties has.</summary>
    internal static int ShardsOf(BrokerProperties properties) =>
        properties.Int("sluice.shards") is > 0 and int shards ? shards : Environment.ProcessorCount;

    public int ShardCount => _loops.Length;

    /// <summary>Whether the loops turn.</summary>
    internal LoopHealth Health { get; }

    /// <summary>Why clients should not come; null when they may.</summary>
    internal string? NotReadyReason => _notReadyReason;

    /// <summary>Where the listeners are, by name.</summary>
    internal IReadOnlyList<(string Name, IPEndPoint Address)> Addresses => [.. _acceptors.Select(a => (a.Options.Name, a.LocalAddress))];

    /// <summary>Starts a broker; when this returns it serves.</summary>
    /// <exception cref="NetworkException">An address cannot be listened on.</exception>
    /// <exception cref="NodeStartException">The data directory cannot be used.</exception>
    internal static BrokerHost Start(BrokerProperties properties, NetworkSettings network, IDisk disk, BrokerMetrics metrics, HostOutput output)
    {
        var host = new BrokerHost(properties, network, metrics, output);
        host.Run(properties, network, disk);
        return host;
    }

    /// <summary>
    /// Stops: no new connections, requests in flight end, the loops end, the logs are closed and marked clean. True when they are.
    /// </summary>
    /// <param name="patience">How long clients may take.</param>
    /// <param name="hurry">Ends the patience when it completes.</param>
    internal async Task<bool> StopAsync(TimeSpan patience, Task hurry)
    {
        _notReadyReason = "the broker is stopping";
        await Task.WhenAll(_acceptors.Select(acceptor => acceptor.CloseAsync()));
        // Members may wait for each other for minutes; another broker, or this one after its start, knows their groups.
        foreach (ShardLoop loop in _loops) loop.Enqueue(new LeaveGroups());
        Task drained = Task.WhenAll(_loops.Select(loop => loop.Loop.DrainAsync()));
        await Task.WhenAny(drained, Task.Delay(patience), hurry);
        if (!drained.IsCompleted) BrokerLog.DrainTimedOut(_log, (int)_loops.Sum(loop => loop.Loop.Counters.Connections));
        await Task.WhenAll(_loops.Select(loop => loop.Loop.StopAsync()));
        await FinishWorkAsync();
        return _node!.Stop(clean: true);
    }

    /// <summary>Brings figures of the shards that are not counted all the time up to date, for who is about to read the metrics.</summary>
    internal Task RefreshStatisticsAsync() => Task.WhenAll(_partitions.RefreshAsync(), _groups.RefreshAsync());

    void IShardServices.Post(int shard, ShardTask task) => _loops[shard].Enqueue(task);

    void IShardServices.RunInBackground(ShardLoop from, BackgroundTask task) => WorkersOf(task.Kind).Run(from, task);

    void IShardServices.Halt(string reason, Exception? error)
    {
        BrokerLog.Halted(_log, reason, error);
        _flushLog();
        _exit(ProcessEnd.Halted);
    }

    void IShardServices.ChangeSettings(ConfigResolver settings)
    {
        (int total, int address, var overrides, int aSecond) = _network.ConnectionBounds(settings);
        _limits.Change(total, address, overrides, aSecond);
    }

    void IShardServices.Log(LogSeverity severity, string message, Exception? error)
    {
        switch (severity)
        {
            case LogSeverity.Debug: BrokerLog.CoreDebug(_coreLog, message); break;
            case LogSeverity.Information: BrokerLog.CoreInformation(_coreLog, message); break;
            case LogSeverity.Warning: BrokerLog.CoreWarning(_coreLog, message, error); break;
            default: BrokerLog.CoreError(_coreLog, message, error); break;
        }
    }

    public void Dispose()
    {
        _workers.Dispose();
        _readers.Dispose();
        _decoders.Dispose();
        foreach (Acceptor acceptor in _acceptors) acceptor.Dispose();
        foreach (ShardLoop loop in _loops) loop.Loop.Dispose();
    }

    private void Run(BrokerProperties properties, NetworkSettings network, IDisk disk)
    {
        try
        {
            ListenerEndpoint[] bound = [.. properties.Listeners.Select((endpoint, i) => endpoint with { Port = _acceptors[i].LocalAddress.Port })];
            var options = new NodeOptions(properties, properties.Advertise(bound, HostName(properties)));
            _node = Node.Start(options with { MemoryBytesMax = network.Memory.TotalBytes }, disk, _loops);
        }
        catch
        {
            Dispose();
            throw;
        }
        for (int i = 0; i < _loops.Length; i++) _loops[i].Attach(_node.Shards[i]);
        foreach (ShardLoop loop in _loops) loop.Loop.Start();
        foreach (Acceptor acceptor in _acceptors)
        {
            acceptor.Start();
            BrokerLog.Listening(_log, acceptor.Options.Name, acceptor.LocalAddress.ToString());
        }
        _notReadyReason = null;
    }

    private BackgroundWorkers WorkersOf(BackgroundKind kind) => kind switch
    {
        BackgroundKind.Reading => _readers,
        BackgroundKind.Decoding => _decoders,
        _ => _workers,
    };

    /// <summary>This machine's name, for listeners that name no host; asked for only then.</summary>
    private static string HostName(BrokerProperties properties)
    {
        bool isNeeded = properties.AdvertisedListeners.Count == 0 && properties.Listeners.Any(listener => listener.Host is "" or "0.0.0.0" or "::");
        return isNeeded ? Dns.GetHostName() : "";
    }

    /// <summary>
    /// The loops have ended: takes what they had begun to its end on this thread, so that no flush runs while its log is closed.
    /// </summary>
    private async Task FinishWorkAsync()
    {
        var time = Stopwatch.StartNew();
        do
        {
            await _readers.WhenQuiet();
            await _decoders.WhenQuiet();
            await _workers.WhenQuiet();
            foreach (ShardLoop loop in _loops) loop.RunMessages();
        }
        while (_loops.Any(loop => loop.MessagesWaiting > 0) && time.Elapsed < TimeSpan.FromSeconds(10));
        await _workers.WhenQuiet();
    }
}

/// <summary>Where a broker's log goes, and how its process ends.</summary>
/// <param name="Logs">Makes loggers.</param>
/// <param name="FlushLog">Writes what the log holds back, on the calling thread.</param>
/// <param name="Exit">Ends the process with a code, at once.</param>
internal sealed record HostOutput(ILoggerFactory Logs, Action FlushLog, Action<int> Exit);
