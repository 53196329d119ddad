using Sluice.Protocol;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Core.Nodes;

/// <summary>Which cluster and node a data directory belongs to: read from it, or settled when it is new.</summary>
internal static class NodeIdentity
{
    /// <exception cref="NodeStartException">The directory is of another cluster or node.</exception>
    public static NodeContext Settle(NodeOptions options, IDisk disk, LogDirectory directory, int shardCount, Random random)
    {
        string path = directory.Path;
        MetaProperties? meta = directory.Meta;
        if (meta is not null && meta.NodeId != options.Properties.NodeId)
            throw new NodeStartException($"{path} is of node {meta.NodeId}, but node.id is {options.Properties.NodeId}: use the directory of this node");
        if (meta is not null && options.Properties.ClusterId is { } given && meta.ClusterId != given)
            throw new NodeStartException($"{path} is of cluster {meta.ClusterId}, but cluster.id is {given}: use a directory of this cluster, or remove cluster.id");
        if (meta is null && directory.Partitions.Count > 0)
        {
            throw new NodeStartException(
                $"{path} holds {directory.Partitions.Count} partitions but no meta.properties, which says whose they are: restore it, or write it again with {MetaProperties.Recipe}");
        }
        if (meta?.DirectoryId is null)
        {
            meta = new MetaProperties(
                meta?.ClusterId ?? options.Properties.ClusterId ?? NewId(random).ToString(),
                options.Properties.NodeId,
                NewId(random).ToString());
            directory.WriteMeta(meta);
        }
        if (!Uuid.TryParse(meta.DirectoryId, out Uuid directoryId))
            throw new NodeStartException($"{path}/meta.properties: directory.id={meta.DirectoryId} is not an id of 22 characters");
        return new NodeContext
        {
            ClusterId = meta.ClusterId,
            Disk = disk,
            DataDirectory = path,
            DirectoryId = directoryId,
            Logs = directory,
            Properties = options.Properties,
            Limits = NodeLimits.From(options.Properties, options.MemoryBytesMax / shardCount),
        };
    }

    private static Uuid NewId(Random random)
    {
        Span<byte> bytes = stackalloc byte[Uuid.SizeInBytes];
        while (true)
        {
            random.NextBytes(bytes);
            var id = Uuid.FromRandom(bytes);
            if (!id.IsReserved) return id;
        }
    }
}
