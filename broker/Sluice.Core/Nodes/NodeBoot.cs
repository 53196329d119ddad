using Sluice.Core.Configuration;
using Sluice.Core.Metadata;
using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Metadata.Log;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Sluice.Storage.Segments;

namespace Sluice.Core.Nodes;

/// <summary>The steps of a start, in order. Any of them may refuse, and then nothing serves.</summary>
internal sealed class NodeBoot
{
    private static readonly PartitionName MetadataPartition = new(InternalTopics.ClusterMetadata, 0);

    private readonly NodeOptions _options;
    private readonly IDisk _disk;
    private readonly IReadOnlyList<IShardHost> _hosts;
    private readonly LogDirectory _directory;
    private readonly long _nowMs;

    public NodeBoot(NodeOptions options, IDisk disk, IReadOnlyList<IShardHost> hosts, LogDirectory directory)
    {
        _options = options;
        _disk = disk;
        _hosts = hosts;
        _directory = directory;
        _nowMs = hosts[0].Clock.GetUtcNow().ToUnixTimeMilliseconds();
    }

    private BrokerProperties Properties => _options.Properties;

    private IShardHost Host => _hosts[0];

    public Node Run(Func<NodeContext, IReadOnlyList<Shard>, Node> make)
    {
        foreach (string note in Properties.Notes) Host.Log(LogSeverity.Warning, note);
        _directory.Reserve.Begin();
        if (_directory.Reserve.IsSpent) DirectoryWatch.ReportFull(Host, _directory.Path);
        bool isNew = _directory.Meta is null;
        NodeContext context = NodeIdentity.Settle(_options, _disk, _directory, _hosts.Count, Host.Random);
        if (isNew) Host.Log(LogSeverity.Information, $"{_directory.Path} is empty: the node begins anew, without topics and records, in the cluster {context.ClusterId}");
        if (!_directory.Partitions.ContainsKey(MetadataPartition)) CreateMetadataDirectory();
        _directory.BeginUse();
        string path = _directory.PartitionPath(MetadataPartition);
        var durable = new DurableEnd(_disk, _directory.Path);
        var loader = new MetadataLoader(_disk, path, durable, (severity, message) => Host.Log(severity, message))
        {
            AcceptedEnd = Properties.Long(MetadataLoader.AcceptedEndProperty),
        };
        MetadataImage image = loader.Load(new OpenFiles(_disk), MetadataLogConfig(), _directory.WasCleanShutdown, _nowMs);
        var leader = new MetadataLeader(context, loader, path, _nowMs, Host.Random);
        image = leader.Lead(image, _options.Advertised, bumpEpochs: !_directory.WasCleanShutdown);
        durable.Begin(image.Offset + 1);
        // The shards are given everything as new, whatever was a change of the log's end.
        var delta = new MetadataDelta(MetadataImage.Empty);
        foreach (ChangeRecord record in SnapshotRecords.Of(image)) delta.Replay(record.Record);
        image = delta.Apply(image.Offset, image.Epoch);

        context.Findings.CountStray(_directory.Strays);
        UnknownDirectories.SetAside(context, _directory, image, loader.RemovedTopics, Host);
        var snapshots = new MetadataSnapshots(context, loader.Log, loader.Snapshots, image, leader.End);
        Shard[] shards = [.. _hosts.Select((host, index) => new Shard(index, host, context))];
        shards[0].Controller = new Controller(context, leader.Log, durable, snapshots, image, shards.Length);
        foreach (Shard shard in shards) shard.Publish(image, delta);
        shards[0].Controller!.Start(shards[0]);
        new DirectoryWatch().Start(shards[0]);
        return make(context, shards);
    }

    private void CreateMetadataDirectory()
    {
        // A directory that has partitions had metadata: to begin anew would hide that it is lost.
        if (_directory.Partitions.Count > 0)
        {
            throw new NodeStartException(
                $"{_directory.Path} holds {_directory.Partitions.Count} partitions, such as {_directory.Partitions.Keys.MinBy(p => p.ToString(), StringComparer.Ordinal)}, but no {MetadataPartition}: restore the metadata, or start with an empty directory");
        }
        _directory.CreatePartition(MetadataPartition, Uuid.MetadataTopic.ToString());
        _disk.SyncDirectory(_directory.Path);
    }

    private LogConfig MetadataLogConfig() => LogConfig.Default with
    {
        SegmentBytes = Properties.Int("metadata.log.segment.bytes"),
        SegmentMs = Properties.Long("metadata.log.segment.ms"),
        Delete = false,
    };
}
