using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>Takes segments out of a log: retention, truncation and the delayed deletion of their files.</summary>
internal sealed class LogDeletion(LogState log)
{
    private Queue<SegmentDeletion>? _pending;

    /// <summary>When the next deletion is due; <see cref="long.MaxValue"/> for none.</summary>
    public long NextDueMs => _pending is { Count: > 0 } pending ? pending.Peek().DueMs : long.MaxValue;

    public SegmentDeletion? TakeDue(long nowMs) =>
        _pending is { Count: > 0 } pending && pending.Peek().DueMs <= nowMs ? pending.Dequeue() : null;

    /// <summary>How many of the oldest segments retention takes, and nothing else: a decision, no deed.</summary>
    /// <remarks>Kafka's rules: only below the high watermark; by age, then by size, then below the log start offset; the order ends at the first segment that stays.</remarks>
    public int CountDeletable(long nowMs, long highWatermark)
    {
        int byTime = log.Config.Delete && log.Config.RetentionMs >= 0
            ? CountWhile(highWatermark, (segment, _) => nowMs - TimestampOf(segment) > log.Config.RetentionMs) : 0;
        int bySize = 0;
        if (log.Config.Delete && log.Config.RetentionBytes >= 0)
        {
            long over = log.Segments.Sum(static segment => (long)segment.Size) - log.Config.RetentionBytes;
            bySize = CountWhile(highWatermark, (segment, _) =>
            {
                if (over - segment.Size < 0)
                    return false;
                over -= segment.Size;
                return true;
            });
        }
        int byStart = CountWhile(highWatermark, (_, index) => index + 1 < log.Segments.Count && log.Segments[index + 1].BaseOffset <= log.LogStartOffset);
        return Math.Max(byTime, Math.Max(bySize, byStart));
    }

    /// <summary>How far the newest record of the oldest segment that is ahead of a time is ahead of it, in milliseconds; 0 when none is known to be.</summary>
    /// <remarks>Only of segments whose newest timestamp is known: retention looks at the oldest ones, and whoever wrote to one knows it.</remarks>
    public long OldestAheadOf(long nowMs)
    {
        foreach (LogSegment segment in log.Segments)
        {
            if (segment.KnowsMaxTimestamp && segment.MaxTimestamp > nowMs)
                return segment.MaxTimestamp - nowMs;
        }
        return 0;
    }

    /// <summary>Takes the oldest <paramref name="count"/> segments out; the log must keep one.</summary>
    public void RemoveOldest(int count, long nowMs)
    {
        for (int i = 0; i < count; i++)
        {
            Retire(log.Segments[0], nowMs);
            log.Segments.RemoveAt(0);
        }
        if (count > 0)
            log.ForgetPositions();
    }

    /// <summary>Takes all segments out that begin at <paramref name="offset"/> or later, newest first, so that a crash leaves no hole.</summary>
    public void RemoveFrom(long offset, long nowMs)
    {
        while (log.Segments.Count > 0 && log.Segments[^1].BaseOffset >= offset)
        {
            Retire(log.Segments[^1], nowMs);
            log.Segments.RemoveAt(log.Segments.Count - 1);
        }
        log.ForgetPositions();
    }

    /// <summary>Takes <paramref name="count"/> segments out, oldest first, for one that takes their place and keeps the first one's name.</summary>
    public void Replace(int first, int count, long nowMs)
    {
        for (int i = 0; i < count; i++)
        {
            Retire(log.Segments[first], nowMs, keepsSnapshot: i == 0);
            log.Segments.RemoveAt(first);
        }
    }

    private int CountWhile(long highWatermark, Func<LogSegment, int, bool> goes)
    {
        int count = 0;
        for (; count < log.Segments.Count; count++)
        {
            LogSegment segment = log.Segments[count];
            bool isLastAndEmpty = count + 1 == log.Segments.Count && segment.Size == 0;
            if (isLastAndEmpty || highWatermark < log.EndOf(count) || !goes(segment, count))
                break;
        }
        return count;
    }

    private static long TimestampOf(LogSegment segment) => segment.MaxTimestamp >= 0 ? segment.MaxTimestamp : segment.LastModifiedMs();

    /// <summary>Renames the files of a segment and queues their deletion.</summary>
    private void Retire(LogSegment segment, long nowMs, bool keepsSnapshot = false)
    {
        segment.Close();
        var paths = new List<string>();
        log.DirectoryDirty = true;
        try
        {
            foreach (string suffix in LogFileNames.SegmentSuffixes)
                Rename(segment.PathOf(suffix), paths);
            if (!keepsSnapshot)
                Rename(log.SnapshotPath(segment.BaseOffset), paths);
        }
        catch (DiskException e)
        {
            // Half of a segment is out: only a restart can sort that out.
            log.Fail(e);
            throw;
        }
        (_pending ??= new Queue<SegmentDeletion>()).Enqueue(new SegmentDeletion(log.Files.SharedDisk, paths, nowMs + log.Config.FileDeleteDelayMs));
    }

    private void Rename(string path, List<string> renamed)
    {
        if (!log.Disk.FileExists(path))
            return;
        log.Disk.Rename(path, path + LogFileNames.Deleted);
        renamed.Add(path + LogFileNames.Deleted);
    }
}
