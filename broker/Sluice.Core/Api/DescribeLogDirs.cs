using Sluice.Core.Partitions;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Storage.Disk;
using Described = Sluice.Protocol.Messages.DescribeLogDirsResponse.DescribeLogDirsPartition;

namespace Sluice.Core.Api;

/// <summary>DescribeLogDirs (KIP-113, KIP-827): the data directory, its room, and the size of the partitions in it.</summary>
internal sealed class DescribeLogDirs()
    : ApiHandler<DescribeLogDirsRequest>(ApiKey.DescribeLogDirs, DescribeLogDirsRequest.MinVersion, DescribeLogDirsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DescribeLogDirsRequest request)
    {
        HashSet<(string, int)>? wanted = request.Topics is { } topics
            ? [.. topics.SelectMany(t => t.Partitions.Select(p => (t.Topic, p)))]
            : null;
        // Each shard fills a list of its own.
        var found = new List<(string Topic, Described Partition)>[shard.Host.ShardCount];
        var gathering = new Gathering(() => shard.Host.RunInBackground(new SpaceTask(context, shard.Node.Disk, shard.Node.DataDirectory, Topics(found))));
        gathering.AskAll(shard, owner => found[owner.Index] = Sizes(owner.Partitions, wanted));
        gathering.AllAreAsked();
    }

    private static List<(string Topic, Described Partition)> Sizes(PartitionTable partitions, HashSet<(string, int)>? wanted)
    {
        var sizes = new List<(string, Described)>();
        foreach (Partition partition in partitions.All)
        {
            // A partition whose disk failed is not in a directory that works, and so in none that is described.
            if (partition.Log is not { IsFailed: false } log || (wanted is not null && !wanted.Contains((partition.Topic, partition.Id)))) continue;
            // The lag is what a follower or a log that moves between directories still has to copy: a leader's own log never lags.
            sizes.Add((partition.Topic, new Described { PartitionIndex = partition.Id, PartitionSize = log.SizeInBytes }));
        }
        return sizes;
    }

    private static List<DescribeLogDirsResponse.DescribeLogDirsTopic> Topics(List<(string Topic, Described Partition)>[] found)
    {
        var topics = new SortedDictionary<string, DescribeLogDirsResponse.DescribeLogDirsTopic>(StringComparer.Ordinal);
        foreach ((string name, Described partition) in found.SelectMany(f => f).OrderBy(f => f.Partition.PartitionIndex))
        {
            if (!topics.TryGetValue(name, out DescribeLogDirsResponse.DescribeLogDirsTopic? topic)) topics.Add(name, topic = new() { Name = name });
            topic.Partitions.Add(partition);
        }
        return [.. topics.Values];
    }

    /// <summary>Asks the disk for its room, which may wait for a slow or hung device, and answers.</summary>
    private sealed class SpaceTask(RequestContext context, IDisk disk, string directory, List<DescribeLogDirsResponse.DescribeLogDirsTopic> topics) : BackgroundTask
    {
        private DiskSpace _space;

        public override void Execute() => _space = disk.Space(directory);

        public override void Complete(Shard shard, Exception? error)
        {
            var result = new DescribeLogDirsResponse.DescribeLogDirsResult { LogDir = directory };
            if (error is null)
            {
                result.Topics = topics;
                result.TotalBytes = _space.TotalBytes;
                result.UsableBytes = _space.FreeBytes;
            }
            else
            {
                result.ErrorCode = ErrorCode.KafkaStorageError;
            }
            context.Respond(new DescribeLogDirsResponse { Results = [result] });
        }
    }
}
