using Sluice.Core.Configuration;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Nodes;
using Sluice.Core.Shards;
using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Nodes;

/// <summary>A whole node on a directory of its own, driven by hand on one thread: it starts, stops, dies and starts again.</summary>
internal sealed class TestNode : IDisposable
{
    private readonly Dictionary<string, string> _properties;
    private readonly int _shardCount;
    private readonly bool _ownsPath;
    private int _starts;

    public TestNode(int shards = 1, string? path = null, params (string Name, string Value)[] properties)
    {
        _shardCount = shards;
        _ownsPath = path is null;
        Path = path ?? Directory.CreateTempSubdirectory("sluice-node-").FullName;
        _properties = new() { ["node.id"] = "1", ["log.dirs"] = Path };
        foreach ((string name, string value) in properties) _properties[name] = value;
        Start();
    }

    public string Path { get; }

    public string MetadataPath => Path + "/__cluster_metadata-0";

    public ManualClock Clock { get; } = new();

    public Node Node { get; private set; } = null!;

    public NodeHost[] Hosts { get; private set; } = [];

    public List<string> Logged { get; } = [];

    public FailingDisk Disk { get; } = new();

    /// <summary>Whether work for the background waits from the next start on.</summary>
    public bool HoldsBackgroundAtStart { get; set; }

    public Shard Shard => Node.Shards[0];

    public MetadataImage Image => Shard.Image;

    public BrokerProperties Properties => Node.Context.Properties;

    public void Set(string name, string value) => _properties[name] = value;

    public void Start()
    {
        int start = ++_starts;
        Hosts = [.. Enumerable.Range(0, _shardCount).Select(i => new NodeHost(this, i, new Random(start * 100 + i)) { HoldsBackground = HoldsBackgroundAtStart })];
        BrokerProperties properties = BrokerConfigs.Parse(_properties);
        Node = Node.Start(new NodeOptions(properties, properties.Advertise([new("PLAINTEXT", "127.0.0.1", 9092)], "localhost")), Disk, Hosts);
        Settle();
    }

    public void Stop() => Assert.True(Node.Stop(clean: true));

    public void Restart()
    {
        Stop();
        Start();
    }

    /// <summary>Ends the process without closing anything, and starts it again.</summary>
    public void Crash()
    {
        Node.Stop(clean: false);
        Start();
    }

    public TestRequest Send(IRequest request, short version, int shard = 0, bool settle = true)
    {
        var context = new TestRequest(request, version);
        Node.Shards[shard].Handle(context);
        if (settle) Settle();
        return context;
    }

    public TResponse Ask<TResponse>(IRequest<TResponse> request, short version, int shard = 0)
        where TResponse : class, IResponse, new()
    {
        TestRequest context = Send(request, version, shard);
        Assert.Null(context.ClosedBecause);
        return Assert.IsType<TResponse>(context.Response);
    }

    /// <summary>Runs turns until nothing is left to do.</summary>
    public void Settle()
    {
        for (bool busy = true; busy;)
        {
            busy = false;
            foreach (NodeHost host in Hosts) busy |= host.Turn();
        }
    }

    public void Pass(long milliseconds)
    {
        Clock.NowMs += milliseconds;
        foreach (Shard shard in Node.Shards) shard.Tick();
        Settle();
    }

    public void Dispose()
    {
        Node.Stop(clean: false);
        if (_ownsPath) Directory.Delete(Path, recursive: true);
    }

    internal sealed class NodeHost(TestNode node, int index, Random random) : IShardHost
    {
        private readonly Queue<ShardTask> _inbox = new();

        /// <summary>Work for the background; a test may hold it back with <see cref="HoldsBackground"/>.</summary>
        public Queue<BackgroundTask> Background { get; } = new();

        public bool HoldsBackground { get; set; }

        public int ShardCount => node._shardCount;

        public TimeProvider Clock => node.Clock;

        public Random Random => random;

        public void Post(int shard, ShardTask task) => node.Hosts[shard]._inbox.Enqueue(task);

        public void RunInBackground(BackgroundTask task) => Background.Enqueue(task);

        public void Halt(string reason, Exception? error) => throw new HaltedException($"halted: {reason}", error);

        public void Log(LogSeverity severity, string message, Exception? error = null) => node.Logged.Add($"{severity}: {message} {error?.Message}");

        public bool Turn()
        {
            Shard shard = node.Node.Shards[index];
            bool busy = false;
            while (_inbox.TryDequeue(out ShardTask? task))
            {
                shard.Run(task);
                busy = true;
            }
            while (!HoldsBackground && Background.TryDequeue(out BackgroundTask? work))
            {
                shard.Complete(work, Record.Exception(work.Execute));
                busy = true;
            }
            shard.Tick();
            return busy || shard.NextDeadlineMs == 0 || (!HoldsBackground && Background.Count > 0);
        }
    }
}
