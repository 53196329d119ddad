using Simulation.Runs;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Simulation.Models;

/// <summary>
/// Asks the disk at every promise what a loss of power would leave now: at each acknowledgement, at each advance of a high watermark behind
/// which records are to be durable, and at each new image of the metadata. And what holds for a partition at all times: that it begins no
/// later than consumers see, and that nothing is gone that had to stay.
/// </summary>
internal sealed class Durability(World world)
{
    private const string StartOffsets = "log-start-offset-checkpoint";
    private static readonly string[] s_checkpoints = [StartOffsets, "recovery-point-offset-checkpoint", "cleaner-offset-checkpoint"];
    private readonly Survivors _survivors = new(world.Disk, World.DataDirectory);
    private readonly Dictionary<(Uuid, int), long> _highWatermarks = [];
    private long _image = -1;

    /// <summary>The node starts again.</summary>
    public void Restarted()
    {
        _highWatermarks.Clear();
        _image = -1;
    }

    /// <summary>Looks at a shard's partitions after a turn, before any client sees the turn's answers.</summary>
    public void AfterTurn(Shard shard)
    {
        foreach (Partition partition in shard.Partitions.All)
        {
            if (partition.Log is not null) Look(shard, partition);
        }
        if (shard.Index != 0 || shard.Image.Offset == _image) return;
        _image = shard.Image.Offset;
        long end = _survivors.EndOf("__cluster_metadata-0", mayHaveHoles: false);
        if (end <= _image) throw new Violation($"the metadata of offset {_image} is in use, and a loss of power would leave it up to {end}");
    }

    /// <summary>A producer was told that its records are in a log.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="end">The offset after the last of them.</param>
    /// <param name="sentAtMs">When they were sent: settings from before do not count any more.</param>
    public void Acknowledged(PartitionModel partition, long end, long sentAtMs)
    {
        long loose = partition.Topic.Settings.Most("flush.messages", sentAtMs) - 1;
        if (loose >= end || world.Model.Find(partition) is null) return;
        Require(partition, end - loose, $"offset {end - 1} is acknowledged, and with {loose} records that may be lost");
    }

    /// <summary>A client was told an offset that ends, or lies below the end of, what consumers see.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="end">The end.</param>
    /// <param name="askedAt">When the client asked, in steps of the run.</param>
    public void EndTold(PartitionModel partition, long end, long askedAt)
    {
        if (end > 0 && partition.FlushedSince < askedAt && world.Model.Find(partition) is not null) Require(partition, end, $"clients are told of offsets up to {end}");
    }

    /// <summary>A deletion of records was confirmed.</summary>
    public void Deleted(PartitionModel partition, string topic, int index, long start)
    {
        if (start <= 0 || world.Model.Find(partition) is null) return;
        long survives = _survivors.Checkpointed(StartOffsets, topic, index);
        if (survives < start) throw new Violation($"{partition.Name}: the deletion of the records before {start} is confirmed, and after a loss of power they would begin at {survives} again");
    }

    /// <summary>A topic was made: nothing of an older one of its name may count for it.</summary>
    public void TopicIsMade(string topic, int partitions)
    {
        if (world.DiskHasStruck) return;
        foreach (string checkpoint in s_checkpoints)
        {
            for (int i = 0; i < partitions; i++)
            {
                if (_survivors.Checkpointed(checkpoint, topic, i) is > 0 and var inherited)
                    throw new Violation($"{topic}-{i} is new, and after a loss of power the {checkpoint} would give it the offset {inherited} of an older one");
            }
        }
    }

    /// <summary>The offset below which all of a partition's log would survive.</summary>
    public long EndOf(string partition, bool mayHaveHoles) => _survivors.EndOf(partition, mayHaveHoles);

    private void Look(Shard shard, Partition partition)
    {
        long start = partition.Log!.LogStartOffset, visible = partition.HighWatermark, end = partition.Log.LogEndOffset;
        if (start > visible || visible > end) throw new Violation($"{partition.Topic}-{partition.Id} begins at {start}, ends at {end}, and consumers see it up to {visible}");
        PartitionModel? model = world.Model.Find(partition.Topic, partition.TopicId, partition.Id);
        if (model is not null && start > model.TrimmedTo) model.Trimmed(start, partition.Log.SizeInBytes, world.Clock.NowMs);
        if (model is { Topic.FlushesFirst: true, FlushedSince: long.MaxValue } && _survivors.EndOf(model.Name, model.Topic.MayCompact) >= visible) model.FlushedSince = world.Trace.Count;
        if (_highWatermarks.TryGetValue((partition.TopicId, partition.Id), out long before) && visible == before) return;
        _highWatermarks[(partition.TopicId, partition.Id)] = visible;
        if (visible == 0 || !FlushesFirst(shard.Image, partition.Topic)) return;
        if (model is not null)
        {
            Require(model, visible, $"consumers see records up to {visible}");
            return;
        }
        long survives = _survivors.EndOf($"{partition.Topic}-{partition.Id}", mayHaveHoles: true);
        if (survives < visible) throw new Violation($"{partition.Topic}-{partition.Id}: consumers see records up to {visible}, and a loss of power would leave the log up to {survives}");
    }

    private void Require(PartitionModel partition, long end, string promise)
    {
        // Where bits were turned nobody knows what is there.
        if (partition.Damaged.Count > 0) return;
        long survives = _survivors.EndOf(partition.Name, partition.Topic.MayCompact);
        if (survives < end) throw new Violation($"{partition.Name}: {promise}, but a loss of power would leave the log up to {survives}");
    }

    private bool FlushesFirst(MetadataImage image, string topic) =>
        image.Configs.Of(ConfigResource.Topic(topic)).TryGetValue("flush.messages", out string? value) ? value == "1" : world.GroupsFlushFirst;
}
