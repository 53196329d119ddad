using Sluice.Core.Metadata.Images;
using Sluice.Core.Shards;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Uuid = Sluice.Protocol.Uuid;

namespace Sluice.Core.Nodes;

/// <summary>
/// Finds partition directories that the metadata does not know. One whose topic's deletion is in the metadata log is renamed and deleted
/// when the node runs: the node ended before it came to it. Any other is renamed to end with <c>-stray</c> and kept, as Kafka keeps it: it may
/// have been copied in, or the metadata may have lost the topic.
/// </summary>
internal static class UnknownDirectories
{
    /// <summary>Frees the names of such directories.</summary>
    /// <param name="node">The node.</param>
    /// <param name="directory">The data directory.</param>
    /// <param name="image">The metadata.</param>
    /// <param name="removed">The topics whose deletion is in the metadata log.</param>
    /// <param name="host">The host of shard 0.</param>
    public static void SetAside(NodeContext node, LogDirectory directory, MetadataImage image, IReadOnlySet<Uuid> removed, IShardHost host)
    {
        List<string> toDelete = [.. directory.ToDelete];
        foreach (PartitionName partition in directory.Partitions.Keys.OrderBy(p => p.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition).ToList())
        {
            if (partition.Topic == InternalTopics.ClusterMetadata) continue;
            string path = directory.PartitionPath(partition);
            string? id = directory.ReadTopicId(partition);
            if (Why(node, image, partition, id) is not { } why)
            {
                if (id is null) WriteTopicId(node.Disk, path, image.Topics.ByName(partition.Topic)!, host);
            }
            else if (!LooksLikeALog(node.Disk, path))
            {
                host.Log(LogSeverity.Warning, $"{path} is left alone: {why}, but it holds no log, so it may be someone else's");
            }
            else if (id is not null && Uuid.TryParse(id, out Uuid topic) && removed.Contains(topic))
            {
                host.Log(LogSeverity.Information, $"{path} is deleted: its topic, {id}, was deleted before the node ended");
                toDelete.Add(directory.RenameForDeletion(partition, UniqueId(host.Random)));
                directory.Forget(partition);
            }
            else
            {
                KeepAsStray(node, partition, why, host);
                directory.Forget(partition);
            }
        }
        if (toDelete.Count > 0) host.RunInBackground(new DeleteTask(directory, toDelete));
    }

    /// <summary>Renames the directory of a partition so that its name is free and its records stay, and says so.</summary>
    /// <exception cref="DiskException">The directory could not be renamed.</exception>
    public static void KeepAsStray(NodeContext node, PartitionName partition, string why, IShardHost host)
    {
        string kept = node.Logs.RenameAsStray(partition, UniqueId(host.Random));
        node.Findings.CountStray();
        host.Log(LogSeverity.Warning, $"{node.Logs.PartitionPath(partition)} is kept as {kept}: {why}. Delete it when nobody needs its records");
    }

    /// <summary>What makes the name of a directory that is set aside unique.</summary>
    public static string UniqueId(Random random)
    {
        Span<byte> bytes = stackalloc byte[Uuid.SizeInBytes];
        random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
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
        if (image.Topics.ByName(partition.Topic) is not { } topic) return "the metadata knows no such topic";
        // Without an id, lost in a crash right after the partition was created, the name alone says whose it is.
        if (id is not null && id != topic.Id.ToString()) return $"it belongs to the topic id {id}, but {topic.Name} is {topic.Id}";
        if (partition.Partition >= topic.Partitions.Length) return "its topic has no such partition";
        return topic.Partitions[partition.Partition].Replicas.Contains(node.NodeId) ? null : "this node is not among its replicas";
    }

    /// <summary>A name such as "backup-2024" is a partition's only by its form.</summary>
    private static bool LooksLikeALog(IDisk disk, string path)
    {
        IReadOnlyList<DiskEntry> entries = disk.List(path);
        return entries.Count == 0 || entries.Any(e => e.Name == "partition.metadata" || e.Name.EndsWith(".log", StringComparison.Ordinal));
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
