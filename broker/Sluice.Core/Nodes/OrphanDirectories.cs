using Sluice.Core.Metadata;
using Sluice.Core.Shards;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Uuid = Sluice.Protocol.Uuid;

namespace Sluice.Core.Nodes;

/// <summary>
/// Finds partition directories that the metadata does not know: their topic was deleted while the node was down, or they belong to an
/// older topic of the same name. They are renamed, so that the name is free, and deleted when the node runs.
/// </summary>
internal static class OrphanDirectories
{
    public static void SetAside(NodeContext node, LogDirectory directory, MetadataImage image, IShardHost host)
    {
        List<string> toDelete = [.. directory.ToDelete];
        foreach (PartitionName partition in directory.Partitions.Keys.OrderBy(p => p.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition).ToList())
        {
            if (partition.Topic == InternalTopics.ClusterMetadata) continue;
            string? id = directory.ReadTopicId(partition);
            if (Why(node, image, partition, id) is not { } why)
            {
                if (id is null) WriteTopicId(node.Disk, directory.PartitionPath(partition), image.Topics.ByName(partition.Topic)!, host);
                continue;
            }
            if (!LooksLikeALog(node.Disk, directory.PartitionPath(partition)))
            {
                host.Log(LogSeverity.Warning, $"{directory.PartitionPath(partition)} is left alone: {why}, but it holds no log, so it may be someone else's");
                continue;
            }
            host.Log(LogSeverity.Warning, $"{directory.PartitionPath(partition)} is deleted: {why}");
            toDelete.Add(directory.SetAside(partition, NewSuffix(host.Random)));
        }
        if (toDelete.Count > 0) host.RunInBackground(new DeleteTask(directory, toDelete));
    }

    /// <summary>The name says whose a directory is only as long as the topic lives: a topic of the same name that comes after it must not be taken for it.</summary>
    private static void WriteTopicId(IDisk disk, string path, TopicImage topic, IShardHost host)
    {
        try
        {
            PartitionMetadataFile.Write(disk, path, topic.Id.ToString());
        }
        catch (DiskException e)
        {
            host.Log(LogSeverity.Warning, $"{path} has no topic id, and it could not be written; the next start tries again", e);
        }
    }

    private static string? Why(NodeContext node, MetadataImage image, PartitionName partition, string? id)
    {
        if (image.Topics.ByName(partition.Topic) is not { } topic) return "its topic does not exist";
        // Without an id, lost in a crash right after the partition was created, the name alone says whose it is.
        if (id is not null && id != topic.Id.ToString()) return $"it belongs to the topic id {id}, but {topic.Name} is {topic.Id}";
        if (partition.Partition >= topic.Partitions.Length) return "its topic has no such partition";
        return topic.Partitions[partition.Partition].Replicas.Contains(node.NodeId) ? null : "this node is not among its replicas";
    }

    /// <summary>A name such as "backup-2024" is a partition's only by its form: what is deleted must be a log, or nothing at all.</summary>
    private static bool LooksLikeALog(IDisk disk, string path)
    {
        IReadOnlyList<DiskEntry> entries = disk.List(path);
        return entries.Count == 0 || entries.Any(e => e.Name == "partition.metadata" || e.Name.EndsWith(".log", StringComparison.Ordinal));
    }

    private static string NewSuffix(Random random)
    {
        Span<byte> bytes = stackalloc byte[Uuid.SizeInBytes];
        random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private sealed class DeleteTask(LogDirectory directory, List<string> paths) : BackgroundTask
    {
        public override void Execute() => paths.ForEach(directory.DeletePartition);

        public override void Complete(Shard shard, Exception? error)
        {
            if (error is not null) shard.Host.Log(LogSeverity.Warning, "directories of deleted partitions could not be deleted; the next start tries again", error);
        }
    }
}
