using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>
/// A search for a record by its time. Whoever owns the log must not wait for the device, nor decode batches that are large: it goes on by
/// <see cref="PartitionLog.Continue"/>, and where that cannot come to an end has <see cref="Execute"/> run on another thread in between.
/// </summary>
public sealed class TimestampSearch
{
    /// <summary>Batches up to here that are not compressed are looked through at once.</summary>
    private const int AtOnceBytesMax = 64 * 1024;

    /// <summary>What a search may take of memory; in a batch that grows beyond, it stops at the batch.</summary>
    private static readonly DecompressionLimit Limit = new(64 * 1024 * 1024);

    private readonly long? _timestamp;
    private readonly bool _mayWait;
    private long _from = -1;
    private long _warmSegment = -1;
    private long _warmFrom = -1;
    private ColdRead? _cold;
    private LogFile? _file;
    private BatchLocation _batch;
    private long _wantedTimestamp;
    private long _wantedFrom;
    private TimestampOffset _ofHeader;
    private TimestampOffset? _inBatch;

    /// <param name="timestamp">Milliseconds since 1970: the first record that is not older; null: the first with the greatest timestamp of the log.</param>
    /// <param name="mayWait">Whether <see cref="PartitionLog.Continue"/> may wait and decode, and so comes to an end at once.</param>
    public TimestampSearch(long? timestamp, bool mayWait = false)
    {
        _timestamp = timestamp;
        _mayWait = mayWait;
    }

    /// <summary>The record; null when there is none, or the search is not over.</summary>
    public TimestampOffset? Found { get; private set; }

    /// <summary>Whether <see cref="Execute"/> has a batch to decode rather than something to bring into memory.</summary>
    public bool Decodes => _file is not null;

    /// <summary>Does what the search waits for; blocks. To be called once for each time that it stopped, on any thread.</summary>
    /// <exception cref="Disk.DiskException">The disk refused.</exception>
    public void Execute()
    {
        if (_cold is { } cold)
        {
            _cold = null;
            cold.Execute();
            return;
        }
        LogFile file = _file!;
        try
        {
            _inBatch = FirstRecord(file, _batch, _wantedTimestamp, _wantedFrom);
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>Goes on; true when the search is over.</summary>
    internal bool Continue(LogState log)
    {
        if (_file is not null) TakeBatch();
        if (Found is not null) return true;
        return _timestamp is { } timestamp ? Seek(log, timestamp) : SeekGreatest(log);
    }

    /// <summary>The whole of a search that may wait.</summary>
    internal TimestampOffset? ToEnd(LogState log) =>
        Continue(log) ? Found : throw new InvalidOperationException("A search that may wait comes to an end at once.");

    private bool Seek(LogState log, long timestamp)
    {
        for (int i = Math.Max(0, log.SegmentOf(Math.Max(_from, log.LogStartOffset))); i < log.Segments.Count; i++)
        {
            LogSegment segment = log.Segments[i];
            if (!segment.KnowsMaxTimestamp && AreIndexesCold(segment)) return false;
            if (segment.Size > 0 && segment.MaxTimestamp >= timestamp)
            {
                if (AreIndexesCold(segment) || !SeekIn(segment, timestamp, log.LogStartOffset)) return false;
                if (Found is not null) return true;
            }
            if (i + 1 < log.Segments.Count) _from = log.Segments[i + 1].BaseOffset;
        }
        return true;
    }

    /// <summary>True when the record is found or not in the segment.</summary>
    private bool SeekIn(LogSegment segment, long timestamp, long logStart)
    {
        while (Found is null)
        {
            long from = Math.Max(segment.BaseOffset, Math.Max(_from, logStart));
            if (IsCold(segment, timestamp, from)) return false;
            if (segment.LocateTimestamp(timestamp, from) is not { } batch) return true;
            // Where all its records of that time lie below the log's start, or its header lies, the search goes on behind it.
            if (!TryBatch(segment, batch, timestamp, logStart)) return false;
        }
        return true;
    }

    private bool SeekGreatest(LogState log)
    {
        LogSegment? newest = null;
        foreach (LogSegment segment in log.Segments)
        {
            if (!segment.KnowsMaxTimestamp && AreIndexesCold(segment)) return false;
            if (segment.Size > 0 && segment.MaxTimestamp >= 0 && (newest is null || segment.MaxTimestamp > newest.MaxTimestamp)) newest = segment;
        }
        if (newest is null) return true;
        if (AreIndexesCold(newest) || IsCold(newest, newest.MaxTimestamp, newest.MaxTimestampOffset)) return false;
        return newest.Locate(newest.MaxTimestampOffset) is not { } batch || TryBatch(newest, batch, newest.MaxTimestamp, long.MinValue);
    }

    /// <summary>Asked once in a row for a segment: pages may be dropped again as soon as they are read, and no search goes on for ever.</summary>
    private bool AreIndexesCold(LogSegment segment)
    {
        if (_mayWait || _warmSegment == segment.BaseOffset) return false;
        _warmSegment = segment.BaseOffset;
        _cold = segment.FindColdIndexes();
        return _cold is not null;
    }

    private bool IsCold(LogSegment segment, long timestamp, long from)
    {
        if (_mayWait || _warmFrom >= from) return false;
        _warmFrom = from;
        _cold = segment.FindColdTimestamp(timestamp, from);
        return _cold is not null;
    }

    /// <summary>Looks into a batch, or says by false that <see cref="Execute"/> must.</summary>
    private bool TryBatch(LogSegment segment, BatchLocation location, long timestamp, long fromOffset)
    {
        Span<byte> bytes = stackalloc byte[RecordBatch.HeaderSize];
        segment.Log.Read(location.Position, bytes);
        var header = new RecordBatch(bytes);
        _ofHeader = new TimestampOffset(header.MaxTimestamp, Math.Max(header.BaseOffset, fromOffset), header.PartitionLeaderEpoch);
        (_batch, _wantedTimestamp, _wantedFrom) = (location, timestamp, fromOffset);
        if (header.TimestampType == TimestampType.LogAppendTime)
        {
            Found = _ofHeader;
            return true;
        }
        _file = segment.Log;
        bool isQuick = header.Codec == CompressionCodec.None && location.Size <= AtOnceBytesMax && _file.File.IsCached(location.Position, location.Size);
        _file.Retain();
        if (!isQuick && !_mayWait) return false;
        Execute();
        TakeBatch();
        return true;
    }

    private void TakeBatch()
    {
        _file = null;
        Found = _inBatch;
        // A header may claim a timestamp that none of the records has.
        if (Found is null && _timestamp is null) Found = _ofHeader;
        _from = _batch.LastOffset + 1;
    }

    /// <summary>The first record of a batch that is not older than <paramref name="timestamp"/> nor below <paramref name="fromOffset"/>.</summary>
    private TimestampOffset? FirstRecord(LogFile file, BatchLocation location, long timestamp, long fromOffset)
    {
        byte[] bytes = new byte[location.Size];
        file.Read(location.Position, bytes);
        var batch = new RecordBatch(bytes);
        using var body = new PooledBuffer();
        if (!TryDecompress(batch, body)) return _ofHeader;
        var reader = new RecordReader(body.WrittenSpan, batch.RecordCount);
        while (reader.TryRead(out Record record))
        {
            long time = batch.BaseTimestamp + record.TimestampDelta, offset = batch.BaseOffset + record.OffsetDelta;
            if (time >= timestamp && offset >= fromOffset) return new TimestampOffset(time, offset, batch.PartitionLeaderEpoch);
        }
        return null;
    }

    /// <summary>
    /// Batches may have been stored without a look into them, so a body may be anything. The search then answers with the batch's
    /// beginning, which is never too late.
    /// </summary>
    private static bool TryDecompress(in RecordBatch batch, PooledBuffer body)
    {
        try
        {
            Codecs.Decompress(batch.Codec, batch.Body, body, Limit);
            return true;
        }
        catch (CompressionException)
        {
            return false;
        }
    }
}
