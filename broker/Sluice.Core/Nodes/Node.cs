using Sluice.Core.Metadata.Images;
using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Core.Nodes;

/// <summary>
/// A node with both roles: its data directory, its metadata, its shards. Starting and stopping happen on the caller's thread, before
/// the loops that drive the shards run and after they have ended; in between the node is its shards.
/// </summary>
public sealed class Node
{
    private readonly LogDirectory _directory;
    private readonly IShardHost _host;

    private Node(NodeContext context, LogDirectory directory, IReadOnlyList<Shard> shards, IShardHost host)
    {
        Context = context;
        _directory = directory;
        Shards = shards;
        _host = host;
    }

    /// <summary>What is common to the shards.</summary>
    public NodeContext Context { get; }

    /// <summary>The shards, one for each host, in their order.</summary>
    public IReadOnlyList<Shard> Shards { get; }

    /// <summary>Whether the last run ended cleanly, so that no log had to be checked.</summary>
    public bool WasCleanShutdown => _directory.WasCleanShutdown;

    /// <summary>Brings a node up: when this returns every partition is known to its shard, and the metadata says that the broker serves.</summary>
    /// <param name="options">What the node is started with.</param>
    /// <param name="disk">The disk that holds the data directory.</param>
    /// <param name="hosts">The loops that will drive the shards.</param>
    /// <exception cref="NodeStartException">The data directory is another node's, in use, damaged, or refused by the disk.</exception>
    public static Node Start(NodeOptions options, IDisk disk, IReadOnlyList<IShardHost> hosts)
    {
        LogDirectory? directory = null;
        try
        {
            directory = LogDirectory.Open(disk, options.Properties.DataDirectory);
            return new NodeBoot(options, disk, hosts, directory).Run((context, shards) => new Node(context, directory, shards, hosts[0]));
        }
        catch (Exception e) when (e is DiskException or MetadataCorruptException or NodeStartException)
        {
            directory?.Dispose();
            throw e as NodeStartException ?? new NodeStartException(e.Message, e);
        }
    }

    /// <summary>Ends the node; its loops have ended already.</summary>
    /// <param name="clean">Whether to close the logs and say so on disk; without it the directory is left as a crash would leave it.</param>
    /// <returns>Whether the next start need not check the logs.</returns>
    public bool Stop(bool clean)
    {
        bool isClean = clean;
        try
        {
            if (clean) isClean = CloseAll();
            if (isClean) _directory.MarkCleanShutdown();
        }
        catch (DiskException e)
        {
            _host.Log(LogSeverity.Error, "the node could not be stopped cleanly; its logs are checked at the next start", e);
            isClean = false;
        }
        _directory.Dispose();
        return isClean;
    }

    private bool CloseAll()
    {
        bool isClean = true;
        foreach (Shard shard in Shards) isClean &= shard.Partitions.Close();
        isClean &= Shards[0].Controller!.Close(Shards[0].NowMs);
        var recoveryPoints = new List<KeyValuePair<PartitionName, long>>();
        var startOffsets = new List<KeyValuePair<PartitionName, long>>();
        _directory.BeginCheckpoints();
        foreach (Shard shard in Shards) Checkpoints.AddTo(shard.Partitions, _directory, recoveryPoints, startOffsets);
        _directory.WriteLogStartOffsets(startOffsets);
        _directory.WriteRecoveryPoints(recoveryPoints);
        return isClean;
    }
}
