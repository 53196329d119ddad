using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Storage.Segments;

/// <summary>One segment of a log: its file of batches, its two indexes, and what is known of them in memory.</summary>
internal sealed class LogSegment(LogState log, long baseOffset, int size, long createdMs)
{
    /// <summary>Not read from the time index yet.</summary>
    private const long NotLoaded = long.MinValue;

    /// <summary>What one cold read brings into memory at most.</summary>
    private const int ColdBytesMax = 4 * 1024 * 1024;

    /// <summary>So much of the active segment was written so lately that it is in memory.</summary>
    private const int WarmTailBytes = 8 * 1024 * 1024;

    private static readonly string[] NewFiles = [LogFileNames.Log, LogFileNames.Index, LogFileNames.TimeIndex];

    private long _maxTimestamp = size == 0 ? -1 : NotLoaded;
    private long _maxTimestampOffset = baseOffset;
    private long _firstTimestamp = -1;
    private int _bytesSinceIndexEntry;
    private bool _indexWasRead;
    private bool? _isIndexFull = size == 0 && log.Config.SegmentIndexBytes >= 2 * TimeIndex.EntrySize ? false : null;

    public long BaseOffset { get; } = baseOffset;

    /// <summary>Bytes of valid batches; a preallocated file is longer.</summary>
    public int Size { get; private set; } = size;

    public long CreatedMs { get; } = createdMs;

    /// <summary>Whether the segment was finished and no flush has begun since that covers its indexes.</summary>
    public bool IndexesDirty { get; set; }

    /// <summary>Set while <see cref="OpenFiles"/> has files of this segment open.</summary>
    public SegmentFiles? Files { get; set; }

    /// <summary>Greatest timestamp of the batches, -1 for none.</summary>
    public long MaxTimestamp
    {
        get
        {
            LoadMaxTimestamp();
            return _maxTimestamp;
        }
    }

    /// <summary>Last offset of the batch that brought <see cref="MaxTimestamp"/>.</summary>
    public long MaxTimestampOffset
    {
        get
        {
            LoadMaxTimestamp();
            return _maxTimestampOffset;
        }
    }

    /// <summary>Max timestamp of the first batch, by which <c>segment.ms</c> counts; -1 while empty.</summary>
    public long FirstTimestamp
    {
        get
        {
            if (_firstTimestamp < 0 && Size > 0)
            {
                var walk = new HeaderWalk(Log.File, 0, Size, stackalloc byte[HeaderWalk.WindowSize]);
                if (walk.MoveNext())
                    _firstTimestamp = walk.Current.MaxTimestamp;
            }
            return _firstTimestamp;
        }
    }

    public LogFile Log
    {
        get
        {
            SegmentFiles files = log.Files.Use(this);
            return files.Log ??= new LogFile(log.Disk.Open(PathOf(LogFileNames.Log), DiskAccess.ReadWrite));
        }
    }

    /// <summary>Whether an index has no room for another entry. Remembered: an append that adds none must not open them.</summary>
    public bool IsIndexFull
    {
        get
        {
            if (_isIndexFull is null)
            {
                SegmentFiles files = OpenIndexes();
                _isIndexFull = files.Index!.IsFull || files.Times!.IsFull;
            }
            return _isIndexFull.Value;
        }
    }

    private bool IsActive => log.Segments.Count > 0 && log.Segments[^1] == this;

    /// <summary>Makes the files of a new, empty segment.</summary>
    public static LogSegment Create(LogState log, long baseOffset, long nowMs)
    {
        log.DirectoryDirty = true;
        try
        {
            foreach (string suffix in NewFiles)
            {
                using IDiskFile file = log.Disk.Open(LogFileNames.File(log.Directory, baseOffset, suffix), DiskAccess.Create);
                if (file.Length > 0)
                    file.SetLength(0);
                if (suffix == LogFileNames.Log && log.Config.Preallocate)
                    file.Reserve(log.Config.SegmentBytes);
            }
        }
        catch (DiskException)
        {
            Discard(log, baseOffset);
            throw;
        }
        return new LogSegment(log, baseOffset, 0, nowMs);
    }

    /// <summary>The segment before goes on; at the next start an empty one in its middle would end the log there.</summary>
    private static void Discard(LogState log, long baseOffset)
    {
        try
        {
            foreach (string suffix in NewFiles)
                log.Disk.DeleteIfExists(LogFileNames.File(log.Directory, baseOffset, suffix));
        }
        catch (DiskException e)
        {
            log.Fail(e);
        }
    }

    public string PathOf(string suffix) => LogFileNames.File(log.Directory, BaseOffset, suffix);

    /// <summary>Takes in a batch that now stands at the end of the file.</summary>
    public void Note(long lastOffset, long maxTimestamp, int size)
    {
        if (Size == 0)
            _firstTimestamp = maxTimestamp;
        bool isNewest = maxTimestamp > MaxTimestamp;
        long newest = isNewest ? maxTimestamp : _maxTimestamp, newestOffset = isNewest ? lastOffset : _maxTimestampOffset;
        if (_bytesSinceIndexEntry > log.Config.IndexIntervalBytes)
        {
            AddIndexEntries(lastOffset, newest, newestOffset);
            _bytesSinceIndexEntry = 0;
        }
        // After what may fail: nothing stays of a batch that is refused.
        (_maxTimestamp, _maxTimestampOffset) = (newest, newestOffset);
        Size += size;
        _bytesSinceIndexEntry += size;
    }

    /// <summary>The first batch whose last offset is at least <paramref name="offset"/>, or null.</summary>
    public BatchLocation? Locate(long offset)
    {
        if (TryLocate(offset, out BatchLocation? location))
            return location;
        RebuildIndexes();
        return TryLocate(offset, out location)
            ? location
            : throw new DiskException(DiskErrorKind.Corrupt, PathOf(LogFileNames.Index), "leads to where no batch is, though just built anew");
    }

    /// <summary>
    /// What <see cref="Locate"/> and a read of up to <paramref name="maxBytes"/> from there would wait for; null when all of it is in
    /// memory. The end of the active segment, just written, is taken to be. A cold read is cut to <see cref="ColdBytesMax"/>.
    /// </summary>
    public ColdRead? FindCold(long offset, ref int maxBytes)
    {
        if (!IsActive && Files?.Index is not { IsCached: true } && !HasWarmIndex())
            return new ColdRead(log.Files.SharedDisk, PathOf(LogFileNames.Index), PathOf(LogFileNames.Log));
        int position = OpenIndexes().Index!.Lookup(offset)?.Position ?? 0;
        if (position < 0 || position >= Size || (IsActive && Size - position <= WarmTailBytes))
            return null;
        // From the index entry on there are at most so many bytes of other batches before the one that is looked for.
        long slack = log.Config.IndexIntervalBytes + HeaderWalk.WindowSize;
        long checkedBytes = Math.Min(Size - position, Math.Min(maxBytes, ColdBytesMax) + slack);
        LogFile file = Log;
        if (!file.File.IsCached(position, checkedBytes))
        {
            maxBytes = Math.Min(maxBytes, ColdBytesMax);
            return new ColdRead(log.Files.SharedDisk, file, position, checkedBytes);
        }
        long rest = Math.Min(Size - position, maxBytes + slack) - checkedBytes;
        if (rest > 0 && !file.File.IsCached(position + checkedBytes, rest))
            maxBytes = ColdBytesMax;
        return null;
    }

    /// <summary>The first batch from that of <paramref name="fromOffset"/> on whose max timestamp is at least <paramref name="timestamp"/>, or null.</summary>
    public BatchLocation? LocateTimestamp(long timestamp, long fromOffset)
    {
        long start = Math.Max(fromOffset, OpenIndexes().Times!.Lookup(timestamp)?.Offset ?? BaseOffset);
        var walk = new HeaderWalk(Log.File, Locate(start)?.Position ?? Size, Size, stackalloc byte[HeaderWalk.WindowSize]);
        while (walk.MoveNext())
        {
            if (walk.Current.MaxTimestamp >= timestamp)
                return walk.Current;
        }
        walk.ThrowIfCorrupt();
        return null;
    }

    /// <summary>The offset after the last batch, or null when there are not whole batches up to the end. Reads only what lies behind the last index entry.</summary>
    public long? ReadEndOffset()
    {
        OffsetIndex index = OpenIndexes().Index!;
        long end = BaseOffset;
        int position = index.Count == 0 ? 0 : index.Entry(index.Count - 1).Position;
        if (position < 0)
            return null;
        var walk = new HeaderWalk(Log.File, position, Size, stackalloc byte[HeaderWalk.WindowSize]);
        while (walk.MoveNext())
        {
            if (walk.Current.BaseOffset < end)
                return null;
            end = walk.Current.LastOffset + 1;
        }
        bool indexIsRight = index.Count == 0 || end > index.LastOffset;
        return walk.IsCorrupt || !indexIsRight ? null : end;
    }

    /// <summary>Cuts everything from <paramref name="position"/> on, where a batch begins whose base offset is <paramref name="offset"/>. The segment must be the last.</summary>
    public void TruncateTo(int position, long offset)
    {
        Log.File.SetLength(position);
        SegmentFiles files = OpenIndexes(writable: true);
        files.Index!.TruncateToPosition(position);
        files.Times!.TruncateToOffset(offset);
        TransactionIndex.TruncateTo(log.Disk, PathOf(LogFileNames.TransactionIndex), offset);
        Reset(position);
        ReadMaxTimestamp();
    }

    /// <summary>Cuts what a failed write may have left behind the last good batch.</summary>
    public void CutGarbage() => Log.File.SetLength(Size);

    /// <summary>Whether only zeros follow the last batch as far as a header would reach: the rest of a preallocated file.</summary>
    public bool IsZeroAtEnd(int fileLength)
    {
        Span<byte> header = stackalloc byte[HeaderWalk.WindowSize];
        int read = Log.File.Read(Size, header[..Math.Min(header.Length, fileLength - Size)]);
        return !header[..read].ContainsAnyExcept((byte)0);
    }

    /// <summary>Empties the indexes, before the batches are noted anew.</summary>
    public void BeginRebuild()
    {
        Files?.CloseIndexes();
        foreach (string suffix in new[] { LogFileNames.Index, LogFileNames.TimeIndex })
        {
            using IDiskFile file = log.Disk.Open(PathOf(suffix), DiskAccess.Create);
            file.SetLength(0);
        }
        OpenIndexes(writable: true);
        Reset(0);
    }

    /// <summary>Adds the last time index entry, of a segment that gets no more batches for now.</summary>
    public void NoteClosing()
    {
        if (_maxTimestamp is NotLoaded or < 0)
            return;
        try
        {
            OpenIndexes(writable: true).Times!.Append(_maxTimestamp, _maxTimestampOffset, closing: true);
        }
        catch (DiskException e) when (e.Kind == DiskErrorKind.NoSpace)
        {
            // Whoever reads the greatest timestamp also looks at the batches behind the last entry.
        }
    }

    /// <summary>Finishes the segment: last entry, files cut to their used size.</summary>
    public void Seal()
    {
        NoteClosing();
        if (log.Config.Preallocate && Log.File.Length != Size)
            Log.File.SetLength(Size);
        Files?.CloseIndexes();
        IndexesDirty = true;
    }

    /// <summary>When the file was last written, for batches without timestamps.</summary>
    public long LastModifiedMs() => log.Disk.LastModifiedMs(PathOf(LogFileNames.Log));

    /// <summary>Closes what is open of the segment.</summary>
    public void Close()
    {
        if (Files is { } files)
            log.Files.Close(files);
    }

    /// <summary>Opens an index that <see cref="ColdRead.Execute"/> has read before; false when that is still to be done.</summary>
    private bool HasWarmIndex()
    {
        if (!_indexWasRead)
        {
            _indexWasRead = true;
            return false;
        }
        _indexWasRead = false;
        return OpenIndexes().Index!.IsCached;
    }

    /// <summary>False when the index leads to where no such batch is.</summary>
    private bool TryLocate(long offset, out BatchLocation? location)
    {
        location = null;
        (long Offset, int Position)? entry = OpenIndexes().Index!.Lookup(offset);
        int position = entry?.Position ?? 0;
        if (position < 0 || position >= Size)
            return entry is null;
        var walk = new HeaderWalk(Log.File, position, Size, stackalloc byte[HeaderWalk.WindowSize]);
        if (!walk.MoveNext() || (entry is { } at && walk.Current.LastOffset != at.Offset))
        {
            if (entry is null)
                walk.ThrowIfCorrupt();
            return entry is null;
        }
        do
        {
            if (walk.Current.LastOffset >= offset)
            {
                location = walk.Current;
                return true;
            }
        }
        while (walk.MoveNext());
        walk.ThrowIfCorrupt();
        return true;
    }

    /// <summary>Builds the indexes anew from the batches, whose checksums are not looked at.</summary>
    private void RebuildIndexes()
    {
        int end = Size;
        try
        {
            BeginRebuild();
            var walk = new HeaderWalk(Log.File, 0, end, stackalloc byte[HeaderWalk.WindowSize]);
            while (walk.MoveNext())
                Note(walk.Current.LastOffset, walk.Current.MaxTimestamp, walk.Current.Size);
        }
        catch
        {
            // The entries so far are right, and what lies behind the last one is looked through.
            _maxTimestamp = NotLoaded;
            throw;
        }
        finally
        {
            // What is unreadable stays as long as it is: it is not for an index to cut the log, nor to have what is in it overwritten.
            Size = end;
        }
        if (!IsActive)
            Seal();
    }

    private SegmentFiles OpenIndexes(bool writable = false)
    {
        SegmentFiles files = log.Files.Use(this);
        if (files is { Index: not null, Times: not null } && (files.IndexesWritable || !writable))
            return files;
        files.CloseIndexes();
        files.IndexesWritable = writable || IsActive;
        try
        {
            OpenIndexFiles(files);
        }
        catch (DiskException e)
        {
            files.CloseIndexes();
            if (e.Kind is not (DiskErrorKind.Corrupt or DiskErrorKind.NotFound))
                throw;
            RebuildIndexes();
            if (files.Index is null)
                OpenIndexFiles(files);
        }
        return files;
    }

    private void OpenIndexFiles(SegmentFiles files)
    {
        int bytes = log.Config.SegmentIndexBytes;
        files.Index = OffsetIndex.Open(log.Disk, PathOf(LogFileNames.Index), BaseOffset, bytes, files.IndexesWritable);
        files.Times = TimeIndex.Open(log.Disk, PathOf(LogFileNames.TimeIndex), BaseOffset, bytes, files.IndexesWritable);
    }

    private void AddIndexEntries(long lastOffset, long maxTimestamp, long maxTimestampOffset)
    {
        SegmentFiles files = OpenIndexes(writable: true);
        try
        {
            // Time first: up to the last entry of the offset index the time index is complete then.
            files.Times!.Append(maxTimestamp, maxTimestampOffset);
            if (!files.Index!.IsFull)
                files.Index.Append(lastOffset, Size);
            _isIndexFull = files.Index.IsFull || files.Times.IsFull;
        }
        catch (DiskException e) when (e.Kind == DiskErrorKind.NoSpace)
        {
            // The indexes are sparse: an entry less makes look-ups slower, not wrong. The next write to the log tells of the full disk.
        }
    }

    private void LoadMaxTimestamp()
    {
        if (_maxTimestamp == NotLoaded)
            ReadMaxTimestamp();
    }

    /// <summary>Takes the last time index entry, and looks at the batches that the indexes do not cover.</summary>
    private void ReadMaxTimestamp()
    {
        _maxTimestamp = -1;
        _maxTimestampOffset = BaseOffset;
        if (Size == 0)
            return;
        SegmentFiles files = OpenIndexes();
        (_maxTimestamp, _maxTimestampOffset) = files.Times!.Last;
        // Retention deletes by this: it must be the time of a batch, not of a damaged entry.
        if (files.Times.Count > 0 && Locate(_maxTimestampOffset)?.MaxTimestamp != _maxTimestamp)
        {
            RebuildIndexes();
            return;
        }
        files = OpenIndexes();
        int covered = files.Index!.Count == 0 || files.Times!.Count == 0 ? 0 : Math.Clamp(files.Index.Entry(files.Index.Count - 1).Position, 0, Size);
        var walk = new HeaderWalk(Log.File, covered, Size, stackalloc byte[HeaderWalk.WindowSize]);
        while (walk.MoveNext())
        {
            if (walk.Current.MaxTimestamp > _maxTimestamp)
                (_maxTimestamp, _maxTimestampOffset) = (walk.Current.MaxTimestamp, walk.Current.LastOffset);
        }
    }

    private void Reset(int size)
    {
        Size = size;
        _isIndexFull = null;
        _bytesSinceIndexEntry = 0;
        _firstTimestamp = -1;
        _maxTimestamp = -1;
        _maxTimestampOffset = BaseOffset;
    }
}
