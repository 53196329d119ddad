using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>Opens a partition directory: leftovers of earlier runs, segments, recovery after a kill, epochs, producers.</summary>
internal sealed class LogLoader(LogState log, LogOpenOptions options)
{
    private HashSet<string> _files = [];
    private List<long> _deletedSegments = [];
    private int _segmentsChecked;
    private long _bytesCut;
    private long _cutAtOffset = -1;
    private string? _reason;

    public RecoveryReport Load()
    {
        if (!log.Disk.DirectoryExists(log.Directory))
        {
            log.Disk.CreateDirectory(log.Directory);
            log.ParentDirty = true;
        }
        Leftovers leftovers = Leftovers.Clear(log.Disk, log.Directory);
        (_files, _deletedSegments) = (leftovers.Files, leftovers.DeletedSegments);
        LoadSegments();
        log.LogStartOffset = Math.Max(options.LogStartOffset, log.Segments.Count == 0 ? 0 : log.Segments[0].BaseOffset);
        log.Epochs = LeaderEpochs.Load(log.Disk, log.Directory, out bool epochsDamaged);
        log.Epochs.DefersWrites = true;

        bool flushFailed = FlushFailure.IsNoted(log);
        bool recovered = !options.CleanShutdown || epochsDamaged || flushFailed || !TryLoadCleanEnd();
        if (recovered)
            Recover(epochsDamaged ? 0 : options.RecoveryPoint);
        if (flushFailed)
            FlushFailure.WriteAgain(log, Math.Max(0, log.SegmentOf(options.RecoveryPoint - 1)));
        NoteMissingEnd();
        DropIfBehindStart();
        if (log.Segments.Count == 0)
        {
            log.LogEndOffset = log.LogStartOffset;
            log.Segments.Add(NewSegment.Create(log, log.LogStartOffset, options.NowMs));
            recovered = true;
        }
        log.NextOffset = log.LogEndOffset;
        log.Changed = recovered;
        // Whether the run before synced the directories, nobody knows.
        log.DirectoryDirty |= recovered;
        log.ParentDirty |= recovered;
        log.Epochs.IsDirty |= recovered;
        log.Epochs.TruncateFromEnd(log.LogEndOffset);
        log.Epochs.TruncateFromStart(log.LogStartOffset);
        // Only a flush moves the recovery point forward; a clean shutdown was one.
        log.RecoveryPoint = recovered ? Math.Min(options.RecoveryPoint, log.LogEndOffset) : log.LogEndOffset;
        SaveEpochs();
        if (recovered)
            LogProducers.RemoveStraySnapshots(log);
        else
            LogProducers.LoadClean(log, LogProducers.SnapshotOffsets(_files));
        if (PlantedFaults.Has(PlantedFault.ProducersForgotten))
            log.Producers.Clear();
        log.Producers.RemoveExpired(options.NowMs, options.ProducerExpirationMs);
        return new RecoveryReport
        {
            SegmentsChecked = _segmentsChecked,
            BytesCut = _bytesCut,
            CutAtOffset = _cutAtOffset,
            LostFlushedData = _cutAtOffset >= 0 && _cutAtOffset < options.RecoveryPoint,
            Reason = _reason,
        };
    }

    private void SaveEpochs()
    {
        log.Epochs.DefersWrites = false;
        try
        {
            log.Epochs.Save();
        }
        catch (DiskException e) when (e.Kind == DiskErrorKind.NoSpace)
        {
            // The next flush tries again, and promises nothing until it succeeds.
        }
    }

    private void LoadSegments()
    {
        foreach (string name in _files.Order(StringComparer.Ordinal))
        {
            if (!LogFileNames.TryParseOffset(name, LogFileNames.Log, out long baseOffset))
            {
                RemoveOrphan(name);
                continue;
            }
            long length = log.Disk.FileLength($"{log.Directory}/{name}");
            if (length > int.MaxValue)
                throw new DiskException(DiskErrorKind.Corrupt, $"{log.Directory}/{name}", $"a segment of {length} bytes is larger than any broker writes (2 GiB)");
            log.Segments.Add(new LogSegment(log, baseOffset, (int)length, options.NowMs));
        }
    }

    /// <summary>An index without its log is of a segment whose deletion a crash interrupted.</summary>
    private void RemoveOrphan(string name)
    {
        foreach (string suffix in LogFileNames.SegmentSuffixes)
        {
            if (suffix != LogFileNames.Log && LogFileNames.TryParseOffset(name, suffix, out long offset)
                && !_files.Contains($"{offset:D20}{LogFileNames.Log}"))
                log.Disk.DeleteFile($"{log.Directory}/{name}");
        }
    }

    /// <summary>Finds the log's end from the last segment's indexes; false when the files are not as a clean shutdown leaves them.</summary>
    private bool TryLoadCleanEnd()
    {
        if (log.Segments.Count == 0)
            return true;
        foreach (LogSegment segment in log.Segments)
        {
            if (!_files.Contains($"{segment.BaseOffset:D20}{LogFileNames.Index}") || !_files.Contains($"{segment.BaseOffset:D20}{LogFileNames.TimeIndex}"))
                return false;
        }
        if (log.Active.ReadEndOffset() is not { } end)
            return false;
        // An empty last segment says where the log ends only if the one before ends there.
        if (log.Active.Size == 0 && log.Segments.Count > 1 && !(log.Segments[^2].ReadEndOffset() <= end))
            return false;
        log.LogEndOffset = end;
        return true;
    }

    /// <summary>Checks every batch of the segments from the recovery point on, and cuts the log at the first that is not whole.</summary>
    private void Recover(long recoveryPoint)
    {
        if (log.Segments.Count == 0)
        {
            log.Producers.Clear();
            return;
        }
        // A segment that was closed after its last flush has indexes that no flush has covered, and ends at the recovery point.
        int first = Math.Max(0, log.SegmentOf(recoveryPoint - 1));
        // An empty segment may be left from a roll that failed, before batches that went on in the one before it.
        while (first > 0 && log.Segments[first].Size == 0)
            first--;
        for (int i = 0; i < first; i++)
        {
            // Flushed long ago; yet without indexes it needs the same care.
            LogSegment segment = log.Segments[i];
            if (!_files.Contains($"{segment.BaseOffset:D20}{LogFileNames.Index}") || !_files.Contains($"{segment.BaseOffset:D20}{LogFileNames.TimeIndex}"))
                first = i;
        }
        if (first > 0)
            log.Segments[first - 1].IndexesDirty = true;
        long firstOffset = log.Segments[first].BaseOffset;
        LogProducers.Replay(log, LogProducers.LoadSnapshot(log, firstOffset), firstOffset);
        log.LogEndOffset = firstOffset;
        for (int i = first; i < log.Segments.Count; i++)
        {
            if (i > first)
                WriteSnapshot();
            bool whole = RecoverSegment(log.Segments[i]);
            if (i + 1 == log.Segments.Count)
                return;
            if (whole && IsNext(log.Segments[i + 1], recoveryPoint))
                log.Segments[i].Seal();
            else
                RemoveAfter(i);
        }
    }

    /// <summary>
    /// Whether a segment goes on where the one before it ends. Kafka's compaction leaves gaps between segments, and so does a deletion
    /// that was interrupted; any other one behind the recovery point is the unwritten end of a segment whose successor reached the disk
    /// before it, and a log never has a hole.
    /// </summary>
    private bool IsNext(LogSegment next, long recoveryPoint)
    {
        long end = log.LogEndOffset;
        bool mayBeGap = end < recoveryPoint || end < options.CleanedUpTo || _deletedSegments.Exists(offset => offset >= end && offset < next.BaseOffset);
        if (next.BaseOffset == end || (next.BaseOffset > end && mayBeGap))
            return true;
        // An empty one is left from a roll that failed, and nothing is lost with it.
        if (next.Size > 0)
            NoteLoss(end, $"{next.PathOf(LogFileNames.Log)}: does not go on at offset {end}, where the segment before it ends");
        return false;
    }

    private void WriteSnapshot()
    {
        try
        {
            LogProducers.WriteSnapshot(log);
        }
        catch (DiskException e) when (e.Kind == DiskErrorKind.NoSpace)
        {
            // A snapshot only spares reading batches again. A full disk must not keep its logs from being read.
        }
    }

    /// <returns>Whether every batch was whole.</returns>
    private bool RecoverSegment(LogSegment segment)
    {
        int fileLength = segment.Size;
        _segmentsChecked++;
        segment.BeginRebuild();
        log.Disk.DeleteIfExists(segment.PathOf(LogFileNames.TransactionIndex));
        long next = segment.BaseOffset;
        BatchError error;
        using (var scanner = new BatchScanner(segment.Log.File, 0, fileLength, verify: !PlantedFaults.Has(PlantedFault.RecoverySkipsChecksums)))
        {
            while (scanner.MoveNext())
            {
                RecordBatch batch = scanner.Current;
                if (batch.BaseOffset < next || batch.LastOffset - segment.BaseOffset > int.MaxValue)
                    break;
                Take(segment, batch);
                next = batch.NextOffset;
            }
            error = scanner.Error;
        }
        log.LogEndOffset = next;
        if (segment.Size == fileLength)
            return true;
        Cut(segment, fileLength, next, error);
        return false;
    }

    private void Take(LogSegment segment, in RecordBatch batch)
    {
        log.Epochs.Assign(batch.PartitionLeaderEpoch > log.Epochs.Latest ? batch.PartitionLeaderEpoch : -1, batch.BaseOffset);
        if (batch.HasProducerId && log.Producers.Update(batch) is { } aborted)
            TransactionIndex.Append(log.Disk, segment.PathOf(LogFileNames.TransactionIndex), aborted);
        segment.Note(batch.LastOffset, batch.MaxTimestamp, batch.SizeInBytes);
    }

    private void Cut(LogSegment segment, int fileLength, long offset, BatchError error)
    {
        bool isPreallocated = log.Config.Preallocate && segment.IsZeroAtEnd(fileLength);
        if (!isPreallocated && offset < options.RecoveryPoint)
            KeepEnd(segment, fileLength);
        segment.CutGarbage();
        if (isPreallocated)
            return;
        _bytesCut += fileLength - segment.Size;
        NoteLoss(offset, $"{segment.PathOf(LogFileNames.Log)}: cut {fileLength - segment.Size} bytes from position {segment.Size} on, offset {offset}: "
            + (error == BatchError.None ? "offsets go backwards" : error.ToString()));
    }

    /// <summary>A log that ends, whole, before what was flushed has lost its newest segments: nothing else in it would tell.</summary>
    private void NoteMissingEnd()
    {
        long end = log.Segments.Count == 0 ? log.LogStartOffset : log.LogEndOffset;
        if (end < options.RecoveryPoint)
            NoteLoss(end, $"{log.Directory}: ends at offset {end}, but was flushed up to {options.RecoveryPoint}: its newest segment is missing");
    }

    /// <summary>Batches that were flushed once may be whole behind a damaged one: they are no part of the log any more, but whoever can read them should find them.</summary>
    private void KeepEnd(LogSegment segment, int fileLength)
    {
        byte[] chunk = new byte[Math.Min(fileLength - segment.Size, 256 * 1024)];
        using IDiskFile kept = log.Disk.Open(segment.PathOf(LogFileNames.Log) + LogFileNames.Lost, DiskAccess.Create);
        kept.SetLength(0);
        for (int position = segment.Size; position < fileLength; position += chunk.Length)
        {
            Span<byte> bytes = chunk.AsSpan(0, Math.Min(chunk.Length, fileLength - position));
            segment.Log.Read(position, bytes);
            kept.Write(position - segment.Size, bytes);
        }
        kept.Flush();
    }

    private void NoteLoss(long offset, string reason)
    {
        if (_cutAtOffset >= 0)
            return;
        _cutAtOffset = offset;
        _reason = reason;
    }

    /// <summary>What follows a cut is not part of the log any more.</summary>
    private void RemoveAfter(int index)
    {
        for (int i = log.Segments.Count - 1; i > index; i--)
        {
            LogSegment segment = log.Segments[i];
            segment.Close();
            _bytesCut += segment.Size;
            if (segment.Size > 0 && segment.BaseOffset < options.RecoveryPoint && log.LogEndOffset < options.RecoveryPoint)
                log.Disk.Rename(segment.PathOf(LogFileNames.Log), segment.PathOf(LogFileNames.Log) + LogFileNames.Lost);
            foreach (string suffix in LogFileNames.SegmentSuffixes)
                log.Disk.DeleteIfExists(segment.PathOf(suffix));
            log.Disk.DeleteIfExists(log.SnapshotPath(segment.BaseOffset));
            log.Segments.RemoveAt(i);
        }
    }

    /// <summary>A log whose end lies before its start offset, because the tail was lost, holds nothing any more.</summary>
    private void DropIfBehindStart()
    {
        if (log.Segments.Count == 0 || log.LogEndOffset >= log.LogStartOffset)
            return;
        RemoveAfter(-1);
        log.Producers.Clear();
        log.Epochs.Clear();
    }
}
