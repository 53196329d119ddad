using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Producers;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>Brings the producers' state to the end of the log: from the newest usable snapshot and the batches after it.</summary>
internal static class LogProducers
{
    /// <summary>Loads anew up to the log's end.</summary>
    public static void Reload(LogState log)
    {
        long from = LoadSnapshot(log, log.LogEndOffset);
        Replay(log, from, log.LogEndOffset);
    }

    /// <summary>
    /// Loads up to the end of a log that was closed cleanly. One that has no snapshot knew no producer then, by <see cref="WriteLastSnapshot"/>
    /// and as Kafka takes it.
    /// </summary>
    /// <param name="log">The log.</param>
    /// <param name="snapshots">The offsets of its snapshots.</param>
    public static void LoadClean(LogState log, List<long> snapshots)
    {
        log.Producers.Clear();
        if (snapshots.Count == 0)
            return;
        int found = snapshots.Count;
        long from = LoadSnapshot(log, log.LogEndOffset, snapshots);
        Replay(log, from, log.LogEndOffset);
        // One that was damaged is gone: the next close has to write another, also when nothing else changes.
        log.Changed |= snapshots.Count < found;
        RemoveStraySnapshots(log, snapshots);
    }

    /// <summary>Loads the newest snapshot at or before <paramref name="upTo"/>; damaged ones and those after it are deleted.</summary>
    /// <returns>The snapshot's offset; the log start offset when there is none.</returns>
    public static long LoadSnapshot(LogState log, long upTo) => LoadSnapshot(log, upTo, SnapshotOffsets(log));

    private static long LoadSnapshot(LogState log, long upTo, List<long> offsets)
    {
        log.Producers.Clear();
        log.HasSnapshots |= offsets.Count > 0;
        for (int i = offsets.Count - 1; i >= 0; i--)
        {
            string path = log.SnapshotPath(offsets[i]);
            if (offsets[i] <= upTo)
            {
                try
                {
                    log.Producers.Load(ProducerSnapshot.Read(log.Disk, path));
                    return offsets[i];
                }
                catch (DiskException e) when (e.Kind is DiskErrorKind.Corrupt or DiskErrorKind.EndOfFile)
                {
                    // A crash tore it: the one before and the batches since say the same.
                }
            }
            log.Disk.DeleteIfExists(path);
            offsets.RemoveAt(i);
        }
        return log.LogStartOffset;
    }

    /// <summary>Takes in the batches from <paramref name="from"/> up to <paramref name="to"/>.</summary>
    public static void Replay(LogState log, long from, long to)
    {
        for (int i = Math.Max(0, log.SegmentOf(from)); i < log.Segments.Count && log.Segments[i].BaseOffset < to && from < to; i++)
        {
            LogSegment segment = log.Segments[i];
            int position = from <= segment.BaseOffset ? 0 : segment.Locate(from)?.Position ?? segment.Size;
            using var scanner = new BatchScanner(segment.Log.File, position, segment.Size, verify: false);
            while (scanner.MoveNext())
            {
                RecordBatch batch = scanner.Current;
                if (batch.BaseOffset >= to)
                    return;
                if (batch.HasProducerId && batch.BaseOffset >= from)
                    log.Producers.Update(batch);
            }
        }
    }

    /// <summary>Writes a snapshot of the state at the log's end.</summary>
    /// <param name="log">The log.</param>
    /// <param name="replaces">Whether one that is there already is written again.</param>
    public static void WriteSnapshot(LogState log, bool replaces = false)
    {
        log.HasSnapshots = true;
        string path = log.SnapshotPath(log.LogEndOffset);
        if (replaces || !log.Disk.FileExists(path))
            ProducerSnapshot.Write(log.Disk, path, log.Producers.Entries);
    }

    /// <summary>Writes the snapshot that a start after a clean close begins with; none where there is nothing to tell, as in each of very many idle partitions.</summary>
    public static void WriteLastSnapshot(LogState log)
    {
        if (log.HasSnapshots || log.Producers.Count > 0)
            WriteSnapshot(log);
    }

    /// <summary>Deletes the snapshots that belong to no segment, but for the newest.</summary>
    public static void RemoveStraySnapshots(LogState log) => RemoveStraySnapshots(log, SnapshotOffsets(log));

    private static void RemoveStraySnapshots(LogState log, List<long> offsets)
    {
        for (int i = 0; i < offsets.Count - 1; i++)
        {
            int segment = log.SegmentOf(offsets[i]);
            if (segment < 0 || log.Segments[segment].BaseOffset != offsets[i])
                log.Disk.DeleteFile(log.SnapshotPath(offsets[i]));
        }
    }

    /// <summary>The offsets of the snapshots among some files, in their order.</summary>
    public static List<long> SnapshotOffsets(IEnumerable<string> names)
    {
        var offsets = new List<long>();
        foreach (string name in names)
        {
            if (LogFileNames.TryParseOffset(name, LogFileNames.Snapshot, out long offset))
                offsets.Add(offset);
        }
        offsets.Sort();
        return offsets;
    }

    private static List<long> SnapshotOffsets(LogState log)
    {
        var names = new List<string>();
        foreach (DiskEntry entry in log.Disk.List(log.Directory))
        {
            if (!entry.IsDirectory)
                names.Add(entry.Name);
        }
        return SnapshotOffsets(names);
    }
}
