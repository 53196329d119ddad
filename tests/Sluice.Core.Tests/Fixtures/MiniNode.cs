using Sluice.Core.Configuration;
using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Nodes;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;

namespace Sluice.Core.Tests.Fixtures;

/// <summary>Shards with partitions on a real disk and no controller: metadata is what a test publishes.</summary>
internal sealed class MiniNode : IDisposable
{
    private readonly LogDirectory _directory;
    private readonly bool _ownsPath;

    public MiniNode(int shards = 1, string? path = null, IDisk? disk = null, Dictionary<string, string>? properties = null)
    {
        ShardCount = shards;
        _ownsPath = path is null;
        Path = path ?? Directory.CreateTempSubdirectory("sluice-core-").FullName;
        disk ??= new FileDisk();
        _directory = LogDirectory.Open(disk, Path);
        var given = new Dictionary<string, string> { ["node.id"] = "1", ["log.dirs"] = Path };
        foreach ((string name, string value) in properties ?? []) given[name] = value;
        BrokerProperties parsed = BrokerConfigs.Parse(given);
        var context = new NodeContext { ClusterId = "test", Disk = disk, DataDirectory = Path, Properties = parsed, Logs = _directory, Limits = NodeLimits.From(parsed) };
        Hosts = [.. Enumerable.Range(0, shards).Select(i => new ManualHost(this, i))];
        Shards = [.. Hosts.Select((host, i) => new Shard(i, host, context))];
    }

    public int ShardCount { get; }

    public string Path { get; }

    public ManualClock Clock { get; } = new();

    public ManualHost[] Hosts { get; }

    public Shard[] Shards { get; }

    public List<string> Logged { get; } = [];

    public MetadataImage Image { get; private set; } = MetadataImage.Empty;

    /// <summary>Creates a topic.</summary>
    public TopicImage Create(string name, int partitions = 1, params (string Name, string Value)[] settings)
    {
        var id = new Uuid(0x1234, (ulong)(Image.Topics.Count + 500));
        Publish(delta =>
        {
            delta.Replay(new TopicRecord { Name = name, TopicId = id });
            for (int i = 0; i < partitions; i++)
                delta.Replay(new PartitionRecord { PartitionId = i, TopicId = id, Replicas = [1], Isr = [1], Leader = 1, LeaderEpoch = 0, PartitionEpoch = 0 });
            foreach ((string setting, string value) in settings)
                delta.Replay(new ConfigRecord { ResourceType = (sbyte)ConfigResourceType.Topic, ResourceName = name, Name = setting, Value = value });
        });
        return Image.Topics.ByName(name)!;
    }

    /// <summary>Publishes a change to every shard.</summary>
    public void Publish(Action<MetadataDelta> change)
    {
        var delta = new MetadataDelta(Image);
        change(delta);
        Image = delta.Apply(Image.Offset + 1, 1);
        foreach (Shard shard in Shards) shard.Publish(Image, delta);
    }

    /// <summary>Sends a request and lets everything run that does not need time.</summary>
    public TestRequest Send(IRequest request, short version, int shard = 0, bool background = true)
    {
        var context = new TestRequest(request, version);
        Shards[shard].Handle(context);
        Settle(background);
        return context;
    }

    /// <summary>Sends a request that is answered at once.</summary>
    public TResponse Ask<TResponse>(IRequest<TResponse> request, short version, int shard = 0, bool background = true)
        where TResponse : class, IResponse, new() =>
        Assert.IsType<TResponse>(Send(request, version, shard, background).Response);

    /// <summary>Runs turns until nothing is left to do.</summary>
    public void Settle(bool background = true)
    {
        for (bool busy = true; busy;)
        {
            busy = false;
            for (int i = 0; i < ShardCount; i++)
            {
                while (Hosts[i].Inbox.TryDequeue(out ShardTask? task)) Shards[i].Run(task);
                Shards[i].Tick();
                while (background && Hosts[i].Background.TryDequeue(out BackgroundTask? work))
                {
                    Exception? error = Record.Exception(work.Execute);
                    Shards[i].Complete(work, error);
                    busy = true;
                }
                busy |= Shards[i].NextDeadlineMs <= Clock.NowMs;
            }
            busy |= Hosts.Any(host => host.Inbox.Count > 0);
        }
    }

    /// <summary>Lets time pass.</summary>
    public void Pass(long milliseconds)
    {
        Clock.NowMs += milliseconds;
        Settle();
    }

    /// <summary>Ends the process without closing anything.</summary>
    public void Kill() => _directory.Dispose();

    public void Dispose()
    {
        _directory.Dispose();
        if (_ownsPath) Directory.Delete(Path, recursive: true);
    }
}
