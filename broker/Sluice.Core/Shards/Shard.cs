using Sluice.Core.Configuration;
using Sluice.Core.Groups.Coordination;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Nodes;
using Sluice.Core.Partitions;
using Sluice.Core.Requests;
using Sluice.Protocol;
using Sluice.Protocol.Wire;

namespace Sluice.Core.Shards;

/// <summary>
/// One event loop's part of the node: its partitions, groups, timers, fetch sessions and its view of the metadata. One thread alone touches it,
/// so nothing in it is locked. The host calls it in turns: <see cref="Handle"/> for each request and <see cref="Run"/> for each
/// message that has arrived, then <see cref="Tick"/> once; a turn without arrivals is a Tick alone.
/// </summary>
public sealed class Shard
{
    private bool _timeIsRead;
    private long _nowMs;
    private long _monotonicMs;

    /// <summary>A shard without partitions; <see cref="Publish"/> gives it those that it owns.</summary>
    /// <param name="index">Its number, from 0 to <see cref="IShardHost.ShardCount"/> - 1.</param>
    /// <param name="host">The loop that runs it.</param>
    /// <param name="node">What is common to the node's shards.</param>
    public Shard(int index, IShardHost host, NodeContext node)
    {
        Index = index;
        Host = host;
        Node = node;
        Partitions = new PartitionTable(this);
        Groups = new GroupCoordinators(this);
        Apis = ApiRegistry.Create();
    }

    /// <summary>The shard's number, from 0.</summary>
    public int Index { get; }

    /// <summary>The loop that runs the shard.</summary>
    public IShardHost Host { get; }

    /// <summary>What is common to the node's shards; immutable, or safe to use from each of them.</summary>
    public NodeContext Node { get; }

    /// <summary>The metadata as of the last <see cref="Publish"/>.</summary>
    public MetadataImage Image { get; private set; } = MetadataImage.Empty;

    /// <summary>The partitions that this shard owns.</summary>
    public PartitionTable Partitions { get; }

    /// <summary>The groups whose partitions of <c>__consumer_offsets</c> this shard owns.</summary>
    public GroupCoordinators Groups { get; }

    /// <summary>What the shard will do later; deadlines are in <see cref="MonotonicMs"/>.</summary>
    public TimerQueue Timers { get; } = new();

    /// <summary>The APIs that the shard answers.</summary>
    public ApiRegistry Apis { get; }

    /// <summary>Names that requests repeat, so that reading one allocates none.</summary>
    internal Utf8StringCache Strings { get; } = new();

    /// <summary>The controller; on shard 0 only.</summary>
    public Controller? Controller { get; internal set; }

    /// <summary>Wall-clock time in milliseconds since 1970, read once a turn. For timestamps, never for deadlines: it may jump.</summary>
    public long NowMs
    {
        get
        {
            if (!_timeIsRead) ReadTime();
            return _nowMs;
        }
    }

    /// <summary>Milliseconds of the clock that never jumps (<see cref="TimeProvider.GetTimestamp"/>), read once a turn.</summary>
    public long MonotonicMs
    {
        get
        {
            if (!_timeIsRead) ReadTime();
            return _monotonicMs;
        }
    }

    /// <summary>
    /// When <see cref="Tick"/> must be called at the latest, in milliseconds of the host clock's <see cref="TimeProvider.GetTimestamp"/>;
    /// 0 when at once, <see cref="long.MaxValue"/> when nothing waits.
    /// </summary>
    public long NextDeadlineMs => Partitions.HasTurnWork || Groups.HasTurnWork ? 0 : Timers.NextDeadlineMs;

    /// <summary>Takes a request that arrived on one of this shard's connections.</summary>
    public void Handle(RequestContext context) => Apis.Dispatch(this, context);

    /// <summary>Takes a message that was posted to this shard.</summary>
    public void Run(ShardTask task)
    {
        try
        {
            task.Run(this);
        }
        catch (Exception e) when (e is not HaltedException)
        {
            Host.Halt($"{task.GetType().Name} failed on shard {Index}: {e.Message}", e);
        }
    }

    /// <summary>Takes back background work that this shard started.</summary>
    /// <param name="task">The work, executed.</param>
    /// <param name="error">What it threw; null when it succeeded.</param>
    public void Complete(BackgroundTask task, Exception? error)
    {
        try
        {
            task.Complete(this, error);
        }
        catch (Exception e) when (e is not HaltedException)
        {
            Host.Halt($"completing {task.GetType().Name} failed on shard {Index}: {e.Message}", e);
        }
    }

    /// <summary>
    /// Ends a turn: does once what the turn's requests asked for many times (write and acknowledge appends, begin flushes, wake fetches),
    /// then fires the timers that are due.
    /// </summary>
    public void Tick()
    {
        try
        {
            // Writes come before timers: a request that times out lets its frame go, and the frame holds what is to be written.
            Groups.EndTurn();
            Partitions.EndTurn();
            Timers.FireDue(this, MonotonicMs);
        }
        catch (Exception e) when (e is not HaltedException)
        {
            Host.Halt($"the turn of shard {Index} failed: {e.Message}", e);
        }
        _timeIsRead = false;
    }

    /// <summary>Makes a new image the shard's view, and creates, reconfigures and removes the partitions that it owns accordingly.</summary>
    /// <param name="image">The metadata after the change.</param>
    /// <param name="delta">What the change touched.</param>
    public void Publish(MetadataImage image, MetadataDelta delta)
    {
        Image = image;
        Partitions.Apply(image, delta);
        Groups.Apply(image, delta);
        if (!delta.Configs.Changed.Any(r => r.Type == ConfigResourceType.Broker)) return;
        var settings = new ConfigResolver(Node.Properties, image.Configs);
        Partitions.ProducerExpirationMs = ConfigNumbers.Long(settings.BrokerValue("producer.id.expiration.ms"));
        if (Index == 0) Host.BrokerSettingsChanged(settings);
    }

    /// <summary>
    /// The shard that owns a partition: the same in every run with as many shards, and even over the partitions of one topic.
    /// </summary>
    public int OwnerOf(Uuid topicId, int partition) => OwnerOf(topicId, partition, Host.ShardCount);

    internal static int OwnerOf(Uuid topicId, int partition, int shardCount)
    {
        if (shardCount == 1) return 0;
        ulong hash = topicId.High * 0x9E3779B97F4A7C15UL ^ topicId.Low;
        hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93UL;
        return (int)(((hash >> 33) + (uint)partition) % (uint)shardCount);
    }

    private void ReadTime()
    {
        TimeProvider clock = Host.Clock;
        _nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        _monotonicMs = (long)((Int128)clock.GetTimestamp() * 1000 / clock.TimestampFrequency);
        _timeIsRead = true;
    }
}
