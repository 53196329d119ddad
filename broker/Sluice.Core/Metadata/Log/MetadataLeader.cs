using Sluice.Core.Configuration;
using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Nodes;

namespace Sluice.Core.Metadata.Log;

/// <summary>
/// Begins a leader epoch in a quorum of one: first the epoch becomes durable, then the records that begin it and register this broker.
/// Runs once, at the start of a node, and waits for the disk.
/// </summary>
internal sealed class MetadataLeader
{
    private const int RecordsOfBatch = 10_000;

    private readonly NodeContext _node;
    private readonly MetadataLoader _loader;
    private readonly string _directory;
    private readonly long _nowMs;
    private readonly Random _random;
    private MetadataImage _image = MetadataImage.Empty;

    public MetadataLeader(NodeContext node, MetadataLoader loader, string directory, long nowMs, Random random)
    {
        _node = node;
        _loader = loader;
        _directory = directory;
        _nowMs = nowMs;
        _random = random;
        QuorumState last = QuorumState.Read(node.Disk, directory, node.NodeId);
        Log = new MetadataLog(loader.Log, Math.Max(Math.Max(last.LeaderEpoch, loader.End.Epoch), loader.Log.LatestEpoch) + 1);
        End = loader.End;
    }

    /// <summary>The log under the new epoch.</summary>
    public MetadataLog Log { get; }

    /// <summary>How far the log reaches, and its bytes since the last snapshot.</summary>
    public ReplayEnd End { get; private set; }

    /// <summary>Takes the lead.</summary>
    /// <param name="image">The metadata so far.</param>
    /// <param name="advertised">Where clients reach this broker.</param>
    /// <param name="bumpEpochs">Whether logs may have lost their end, so that partitions begin a new leader epoch.</param>
    /// <returns>The metadata after the records of the start, all of them durable.</returns>
    public MetadataImage Lead(MetadataImage image, IReadOnlyList<ListenerEndpoint> advertised, bool bumpEpochs)
    {
        _image = image;
        new QuorumState(Log.Epoch).Write(_node.Disk, _directory, _node.NodeId);
        MetadataAppend began = Log.Append(MetadataBatches.WriteLeaderChange(_node.NodeId, _nowMs, Log.Log.LogEndOffset, Log.Epoch), _nowMs);
        Note(began);
        _image = new MetadataDelta(_image).Apply(began.LastOffset, Log.Epoch);

        if (_image.Features.Levels.IsEmpty) Write(RegisterBrokerChange.Bootstrap());
        var scope = new ChangeScope(_image, _node.Properties, _random);
        long brokerEpoch = Log.Log.LogEndOffset;
        Write(RegisterBrokerChange.Compute(scope, brokerEpoch, advertised, _node.DirectoryId).Records);
        if (bumpEpochs)
        {
            foreach (ChangeRecord[] records in RegisterBrokerChange.NewEpochs(_image, _node.NodeId).Chunk(RecordsOfBatch)) Write(records);
        }
        Write(RegisterBrokerChange.Unfence(_node.NodeId, brokerEpoch));
        Log.Log.Flush(_nowMs);
        return _image;
    }

    private void Write(IReadOnlyList<ChangeRecord> records)
    {
        var delta = new MetadataDelta(_image);
        foreach (ChangeRecord record in records) delta.Replay(record.Record);
        MetadataAppend append = Log.Append(records, _nowMs);
        Note(append);
        _image = delta.Apply(append.LastOffset, Log.Epoch);
    }

    private void Note(MetadataAppend append) => End = new(append.LastOffset, Log.Epoch, append.TimestampMs, End.Bytes + append.Bytes);
}
