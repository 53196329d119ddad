using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Storage.Segments;

/// <summary>One segment of a log: its file of batches, its two indexes, and what is known of them in memory.</summary>
internal sealed class LogSegment(LogState log, long baseOffset, int size, long createdMs)
{
    /// <summary>Not read from the time index yet.</summary>
    private const long NotLoaded = long.MinValue;

    private long _maxTimestamp = size == 0 ? -1 : NotLoaded;
    private long _maxTimestampOffset = baseOffset;
    private long _firstTimestamp = -1;
    private int _bytesSinceIndexEntry;
    private bool? _isIndexFull = size == 0 && log.Config.SegmentIndexBytes >= 2 * TimeIndex.EntrySize ? false : null;

    /// <summary>The log that the segment is part of.</summary>
    public LogState Owner => log;

    public long BaseOffset { get; } = baseOffset;

    /// <summary>Bytes of valid batches; a preallocated file is longer.</summary>
    public int Size { get; private set; } = size;

    public long CreatedMs { get; } = createdMs;

    /// <summary>Whether the segment was finished and no flush has begun since that covers its indexes.</summary>
    public bool IndexesDirty { get; set; }

    /// <summary>Whether <see cref="ColdRead.Execute"/> was asked to bring the index into memory.</summary>
    public bool IndexWasRead { get; set; }

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

    /// <summary>Whether <see cref="MaxTimestamp"/> is known without a look into the files.</summary>
    public bool KnowsMaxTimestamp => _maxTimestamp != NotLoaded;

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

    /// <summary>Whether the segment takes the log's appends.</summary>
    public bool IsActive => log.Segments.Count > 0 && log.Segments[^1] == this;

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

    /// <summary>Cuts everything from <paramref name="position"/> on, where a batch begins whose base offset is <paramref name="offset"/>. The segment must be the last.</summary>
    public void TruncateTo(int position, long offset)
    {
        Log.File.SetLength(position);
        SegmentFiles files = OpenIndexes(writable: true);
        files.Index!.TruncateToPosition(position);
        files.Times!.TruncateToOffset(offset);
        TransactionIndex.TruncateTo(log.Disk, PathOf(LogFileNames.TransactionIndex), offset);
        Reset(position);
        _maxTimestamp = NotLoaded;
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
            if (Files?.Times is null)
                TimeIndex.AppendClosing(log.Disk, PathOf(LogFileNames.TimeIndex), BaseOffset, log.Config.SegmentIndexBytes, _maxTimestamp, _maxTimestampOffset);
            else
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

    /// <summary>Builds the indexes anew from the batches, whose checksums are not looked at.</summary>
    public void RebuildIndexes()
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

    /// <summary>Opens the indexes, built anew when they are missing or damaged.</summary>
    public SegmentFiles OpenIndexes(bool writable = false)
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
        long newest = -1, newestOffset = BaseOffset;
        if (Size > 0)
        {
            SegmentFiles files = OpenIndexes();
            (newest, newestOffset) = files.Times!.Last;
            // Retention deletes by this: it must be the time of a batch, not of a damaged entry.
            if (files.Times.Count > 0 && this.Locate(newestOffset)?.MaxTimestamp != newest)
            {
                RebuildIndexes();
                return;
            }
            files = OpenIndexes();
            int covered = files.Index!.Count == 0 || files.Times!.Count == 0 ? 0 : Math.Clamp(files.Index.Entry(files.Index.Count - 1).Position, 0, Size);
            var walk = new HeaderWalk(Log.File, covered, Size, stackalloc byte[HeaderWalk.WindowSize]);
            while (walk.MoveNext())
            {
                if (walk.Current.MaxTimestamp > newest)
                    (newest, newestOffset) = (walk.Current.MaxTimestamp, walk.Current.LastOffset);
            }
        }
        // At the end, so that a read that fails is made again.
        (_maxTimestamp, _maxTimestampOffset) = (newest, newestOffset);
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
