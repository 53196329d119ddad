using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;
using Sluice.Storage.Segments;

namespace Sluice.Core.Metadata.Log;

/// <summary>Brings the metadata back at the start of a node: the newest snapshot that is whole, then the log after it.</summary>
internal sealed class MetadataLoader
{
    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly DurableEnd _durable;
    private readonly Action<LogSeverity, string> _report;
    private readonly List<SnapshotId> _snapshots = [];

    /// <param name="disk">The disk.</param>
    /// <param name="directory">The directory of the metadata log.</param>
    /// <param name="durable">How far the log was durable.</param>
    /// <param name="report">Takes what the operator should know.</param>
    public MetadataLoader(IDisk disk, string directory, DurableEnd durable, Action<LogSeverity, string> report)
    {
        _disk = disk;
        _directory = directory;
        _durable = durable;
        _report = report;
    }

    /// <summary>Where a log may end although it was durable beyond: what whoever runs the node has accepted to lose. -1 for nothing.</summary>
    public long AcceptedEnd { get; init; } = -1;

    /// <summary>Names the setting that <see cref="AcceptedEnd"/> comes from.</summary>
    public const string AcceptedEndProperty = "sluice.metadata.accepted.end.offset";

    /// <summary>The topics whose deletion was replayed from the log.</summary>
    public IReadOnlySet<Uuid> RemovedTopics { get; private set; } = new HashSet<Uuid>();

    /// <summary>The snapshots on disk that are whole.</summary>
    public IReadOnlyList<SnapshotId> Snapshots => _snapshots;

    /// <summary>The log, open and recovered.</summary>
    public PartitionLog Log { get; private set; } = null!;

    /// <summary>How far the replay came.</summary>
    public ReplayEnd End { get; private set; }

    /// <summary>Loads the metadata.</summary>
    /// <exception cref="MetadataCorruptException">The metadata cannot be brought back.</exception>
    public MetadataImage Load(OpenFiles files, LogConfig config, bool wasCleanShutdown, long nowMs)
    {
        SnapshotFile.DeleteUnfinished(_disk, _directory);
        (MetadataImage image, long timestampMs) = LoadSnapshot();
        RefuseLoss(image.Offset + 1);
        long oldest = _snapshots.Count > 0 ? _snapshots.Min().EndOffset : 0;
        Log = PartitionLog.Open(files, _directory, config, new LogOpenOptions(image.Offset + 1, oldest, wasCleanShutdown, nowMs));
        if (Log.Recovery.Reason is { } reason) _report(LogSeverity.Warning, $"metadata log: {reason}");
        if (Log.LogEndOffset < image.Offset + 1)
        {
            // A snapshot holds only what was durable in the log, so this is a damaged log: the snapshot stands in for what it lost.
            _report(LogSeverity.Warning, $"the metadata log ends at offset {Log.LogEndOffset}, before the snapshot that ends at {image.Offset + 1}: it goes on from the snapshot");
            Log.TruncateFullyAndStartAt(image.Offset + 1, nowMs);
        }
        var delta = new MetadataDelta(image);
        End = MetadataLog.Replay(Log, image, delta);
        if (End.TimestampMs == 0) End = End with { TimestampMs = timestampMs };
        RemovedTopics = delta.Topics.RemovedIds;
        return delta.Apply(End.Offset, End.Epoch);
    }

    /// <summary>
    /// Looks before anything is opened, because opening cuts what is not whole: a log that lost what was acknowledged is left as it was found.
    /// </summary>
    private void RefuseLoss(long snapshotEnd)
    {
        if (_durable.Read() is not { } durable) return;
        long found = Math.Max(snapshotEnd, LogEndSearch.WholeEnd(_disk, _directory, snapshotEnd));
        if (found >= durable) return;
        string loss = $"the metadata log {_directory} is whole up to offset {found}, but was flushed and acknowledged up to {durable}: {durable - found} records are lost or damaged";
        if (found != AcceptedEnd)
        {
            throw new MetadataCorruptException(
                $"{loss}. Nothing was changed. Restore the directory from a copy that reaches there, or start without these records with {AcceptedEndProperty}={found}: topics that they made are then unknown, and their partitions are kept in directories that end with -stray");
        }
        _report(LogSeverity.Error, $"{loss}; the node starts without them, as {AcceptedEndProperty} says");
    }

    private (MetadataImage Image, long TimestampMs) LoadSnapshot()
    {
        var found = new List<SnapshotId>();
        foreach (DiskEntry entry in _disk.List(_directory))
        {
            if (SnapshotId.TryParse(entry.Name, out SnapshotId id)) found.Add(id);
        }
        found.Sort();
        (MetadataImage Image, long TimestampMs) newest = (MetadataImage.Empty, 0);
        for (int i = found.Count - 1; i >= 0; i--)
        {
            try
            {
                if (_snapshots.Count == 0) newest = SnapshotFile.Read(_disk, _directory, found[i]);
                _snapshots.Add(found[i]);
            }
            catch (MetadataCorruptException e) when (i > 0 || LogReachesBack())
            {
                _report(LogSeverity.Warning, $"{e.Message}; an older state and the log are used instead");
            }
        }
        return newest;
    }

    /// <summary>Whether the log still has its first record, so that it needs no snapshot.</summary>
    private bool LogReachesBack() => _disk.FileExists($"{_directory}/{0:D20}.log");
}
