using Sluice.Core.Configuration;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Nodes;
using Sluice.Core.Shards;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;

namespace Sluice.Core.Metadata.Log;

/// <summary>
/// Decides when a snapshot is written (after so many bytes of records, or so much time) and what it makes superfluous: older snapshots
/// beyond what is to be kept, and the log below the oldest one. On shard 0; writing and deleting happen on background threads.
/// </summary>
internal sealed class MetadataSnapshots
{
    private readonly NodeContext _node;
    private readonly PartitionLog _log;
    private readonly SortedSet<SnapshotId> _existing;
    private readonly long _bytesBetween;
    private readonly long _intervalMs;
    private readonly IntervalTimer _timer;
    private MetadataImage _image;
    private long _timestampMs;
    private long _bytesSince;
    private bool _isWriting;

    /// <summary>Keeps the snapshots of a log.</summary>
    /// <param name="node">The node.</param>
    /// <param name="log">The metadata log.</param>
    /// <param name="existing">The snapshots on disk.</param>
    /// <param name="image">The published image.</param>
    /// <param name="end">How far the replay at the start came: its bytes count towards the next snapshot.</param>
    public MetadataSnapshots(NodeContext node, PartitionLog log, IEnumerable<SnapshotId> existing, MetadataImage image, ReplayEnd end)
    {
        _node = node;
        _log = log;
        _existing = [.. existing];
        _image = image;
        _timestampMs = end.TimestampMs;
        _bytesSince = end.Bytes;
        _bytesBetween = node.Properties.Long("metadata.log.max.record.bytes.between.snapshots");
        _intervalMs = node.Properties.Long("metadata.log.max.snapshot.interval.ms");
        _timer = new IntervalTimer(this);
    }

    public void Start(Shard shard)
    {
        if (_intervalMs > 0) shard.Timers.Schedule(_timer, shard.MonotonicMs + _intervalMs);
        WriteWhenDue(shard, byTime: false);
    }

    /// <summary>Takes note of an image that every shard is being given.</summary>
    public void Published(Shard shard, MetadataImage image, MetadataAppend append)
    {
        _image = image;
        _timestampMs = append.TimestampMs;
        _bytesSince += append.Bytes;
        WriteWhenDue(shard, byTime: false);
    }

    private void WriteWhenDue(Shard shard, bool byTime)
    {
        if (_isWriting || (!byTime && _bytesSince < _bytesBetween)) return;
        if (_existing.Count > 0 && _existing.Max.EndOffset > _image.Offset) return;
        _isWriting = true;
        _bytesSince = 0;
        shard.Host.RunInBackground(new WriteTask(this, _image, _timestampMs, shard.NowMs));
    }

    private void Written(Shard shard, SnapshotId id, Exception? error)
    {
        _isWriting = false;
        if (error is not null)
        {
            // The log still has every record, so nothing is lost; the next change or the timer tries again.
            shard.Host.Log(LogSeverity.Error, $"the metadata snapshot {id.FileName} could not be written", error);
            return;
        }
        _existing.Add(id);
        try
        {
            TrimLog(shard);
        }
        catch (DiskException e)
        {
            shard.Host.Log(LogSeverity.Warning, "old metadata could not be deleted", e);
        }
    }

    /// <summary>Drops snapshots that a newer one stands in for, when they are too old or too much, and the log that only they needed.</summary>
    private void TrimLog(Shard shard)
    {
        BrokerProperties properties = _node.Properties;
        long bytesMax = properties.Long("metadata.max.retention.bytes");
        long ageMax = properties.Long("metadata.max.retention.ms");
        List<string> files = [];
        var sizes = _existing.ToDictionary(id => id, id => _node.Disk.FileLength(PathOf(id)));
        long bytes = _log.SizeInBytes + sizes.Values.Sum();
        while (_existing.Count > 1)
        {
            SnapshotId oldest = _existing.Min;
            bool isTooOld = ageMax >= 0 && shard.NowMs - _node.Disk.LastModifiedMs(PathOf(oldest)) > ageMax;
            bool isTooMuch = bytesMax >= 0 && bytes > bytesMax;
            if (!isTooOld && !isTooMuch) break;
            _existing.Remove(oldest);
            bytes -= sizes[oldest];
            files.Add(PathOf(oldest));
        }
        _log.AdvanceLogStartOffset(_existing.Min.EndOffset);
        _log.DeleteOldSegments(shard.NowMs, _log.LogEndOffset);
        if (files.Count > 0) shard.Host.RunInBackground(new DeleteTask(_node.Disk, files));
        DeleteSegments(shard);
    }

    private void DeleteSegments(Shard shard)
    {
        if (_log.TakeDeletion(shard.NowMs) is { } deletion) shard.Host.RunInBackground(new SegmentsTask(deletion));
    }

    private string PathOf(SnapshotId id) => $"{_log.Directory}/{id.FileName}";

    private sealed class WriteTask(MetadataSnapshots snapshots, MetadataImage image, long timestampMs, long nowMs) : BackgroundTask
    {
        public override void Execute() => SnapshotFile.Write(snapshots._node.Disk, snapshots._log.Directory, image, timestampMs, nowMs);

        public override void Complete(Shard shard, Exception? error) => snapshots.Written(shard, SnapshotId.Of(image), error);
    }

    private sealed class DeleteTask(IDisk disk, List<string> files) : BackgroundTask
    {
        public override void Execute() => files.ForEach(disk.DeleteFile);

        public override void Complete(Shard shard, Exception? error)
        {
            if (error is not null) shard.Host.Log(LogSeverity.Warning, "an old metadata snapshot could not be deleted", error);
        }
    }

    private sealed class SegmentsTask(SegmentDeletion deletion) : BackgroundTask
    {
        public override void Execute() => deletion.Execute();

        public override void Complete(Shard shard, Exception? error)
        {
            if (error is not null) shard.Host.Log(LogSeverity.Warning, "old segments of the metadata log could not be deleted", error);
        }
    }

    private sealed class IntervalTimer(MetadataSnapshots snapshots) : ShardTimer
    {
        public override void Fire(Shard shard)
        {
            shard.Timers.Schedule(this, shard.MonotonicMs + snapshots._intervalMs);
            snapshots.WriteWhenDue(shard, byTime: true);
            snapshots.DeleteSegments(shard);
        }
    }
}
