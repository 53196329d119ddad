using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Storage.Cleaning;

/// <summary>Writes a segment with its indexes under names that end in <c>.cleaned</c>, which a start after a crash deletes.</summary>
internal sealed class CleanedSegment : IDisposable
{
    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly byte[] _buffer;
    private readonly int _indexIntervalBytes;
    private readonly IDiskFile _log;
    private readonly OffsetIndex _index;
    private readonly TimeIndex _times;
    private int _buffered;
    private int _bytesSinceIndexEntry;
    private long _maxTimestamp = -1;
    private long _maxTimestampOffset;
    private bool _isClosed;

    /// <param name="disk">The disk.</param>
    /// <param name="directory">The partition's directory, which holds no such files.</param>
    /// <param name="baseOffset">The segment's base offset.</param>
    /// <param name="config">The log's settings.</param>
    /// <param name="buffer">Memory to gather what is to be written.</param>
    public CleanedSegment(IDisk disk, string directory, long baseOffset, LogConfig config, byte[] buffer)
    {
        _disk = disk;
        _directory = directory;
        _buffer = buffer;
        _indexIntervalBytes = config.IndexIntervalBytes;
        BaseOffset = _maxTimestampOffset = baseOffset;
        _log = disk.Open(PathOf(LogFileNames.Log), DiskAccess.Create);
        try
        {
            _index = OffsetIndex.Open(disk, PathOf(LogFileNames.Index), baseOffset, config.SegmentIndexBytes, writable: true);
            _times = TimeIndex.Open(disk, PathOf(LogFileNames.TimeIndex), baseOffset, config.SegmentIndexBytes, writable: true);
        }
        catch
        {
            _index?.Dispose();
            _log.Dispose();
            throw;
        }
    }

    /// <summary>The segment's base offset.</summary>
    public long BaseOffset { get; }

    /// <summary>Bytes of its batches.</summary>
    public int Size { get; private set; }

    /// <summary>Appends a batch.</summary>
    /// <exception cref="DiskException">The disk refused.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > int.MaxValue - Size)
            throw new DiskException(DiskErrorKind.Other, PathOf(LogFileNames.Log), "the cleaned segment would grow beyond 2 GiB; lower segment.bytes");
        Note(new RecordBatch(bytes));
        if (bytes.Length > _buffer.Length - _buffered)
            WriteBuffer();
        if (bytes.Length > _buffer.Length)
            _log.Write(Size, bytes);
        else
        {
            bytes.CopyTo(_buffer.AsSpan(_buffered));
            _buffered += bytes.Length;
        }
        Size += bytes.Length;
    }

    /// <summary>Appends to the index of aborted transactions.</summary>
    public void Append(AbortedTransaction aborted) => TransactionIndex.Append(_disk, PathOf(LogFileNames.TransactionIndex), aborted);

    /// <summary>Writes what is left and makes all of it durable, names included.</summary>
    /// <param name="modifiedMs">The time of the files: that of the last segment that they are made from, for retention goes by it where batches have no time.</param>
    /// <exception cref="DiskException">The disk refused.</exception>
    public void Finish(long modifiedMs)
    {
        WriteBuffer();
        _times.Append(_maxTimestamp, _maxTimestampOffset, closing: true);
        if (!PlantedFaults.Has(PlantedFault.CleanedNotFlushed))
            _log.Flush();
        Dispose();
        // Through descriptors of their own: closing an index gave the space back that it had reserved.
        foreach (string suffix in LogFileNames.SegmentSuffixes)
        {
            if (!_disk.FileExists(PathOf(suffix)))
                continue;
            _disk.SetLastModifiedMs(PathOf(suffix), modifiedMs);
            if (suffix == LogFileNames.Log)
                continue;
            using IDiskFile file = _disk.Open(PathOf(suffix), DiskAccess.Read);
            file.Flush();
        }
        _disk.SyncDirectory(_directory);
    }

    public void Dispose()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        _index.Dispose();
        _times.Dispose();
        _log.Dispose();
    }

    /// <summary>Deletes every <c>.cleaned</c> file of a directory: of all that a cleaning leaves, what a start would take for a part of an unfinished swap.</summary>
    public static void DiscardAll(IDisk disk, string directory)
    {
        if (!disk.DirectoryExists(directory))
            return;
        foreach (DiskEntry entry in disk.List(directory))
        {
            if (!entry.IsDirectory && entry.Name.EndsWith(LogFileNames.Cleaned, StringComparison.Ordinal))
                disk.DeleteFile($"{directory}/{entry.Name}");
        }
    }

    private string PathOf(string suffix) => LogFileNames.File(_directory, BaseOffset, suffix) + LogFileNames.Cleaned;

    /// <summary>The same entries that an append of the batch would make.</summary>
    private void Note(in RecordBatch batch)
    {
        // A batch that lost its records has no time that a search could be for.
        if (batch.RecordCount > 0 && batch.MaxTimestamp > _maxTimestamp)
        {
            _maxTimestamp = batch.MaxTimestamp;
            _maxTimestampOffset = batch.LastOffset;
        }
        if (_bytesSinceIndexEntry > _indexIntervalBytes)
        {
            _times.Append(_maxTimestamp, _maxTimestampOffset);
            if (!_index.IsFull)
                _index.Append(batch.LastOffset, Size);
            _bytesSinceIndexEntry = 0;
        }
        _bytesSinceIndexEntry += batch.SizeInBytes;
    }

    private void WriteBuffer()
    {
        if (_buffered > 0)
            _log.Write(Size - _buffered, _buffer.AsSpan(0, _buffered));
        _buffered = 0;
    }
}
