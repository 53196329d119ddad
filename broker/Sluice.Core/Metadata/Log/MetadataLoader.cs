using Sluice.Core.Shards;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;
using Sluice.Storage.Segments;

namespace Sluice.Core.Metadata;

/// <summary>Brings the metadata back at the start of a node: the newest snapshot that is whole, then the log after it.</summary>
internal sealed class MetadataLoader
{
    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly Action<LogSeverity, string> _report;
    private readonly List<SnapshotId> _snapshots = [];

    /// <param name="disk">The disk.</param>
    /// <param name="directory">The directory of the metadata log.</param>
    /// <param name="report">Takes what the operator should know.</param>
    public MetadataLoader(IDisk disk, string directory, Action<LogSeverity, string> report)
    {
        _disk = disk;
        _directory = directory;
        _report = report;
    }

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
        return delta.Apply(End.Offset, End.Epoch);
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
