using Sluice.Storage.Disk;

namespace Sluice.Storage.Segments;

/// <summary>
/// The segments whose files are open, of all logs of one shard, in order of their last use. Files open on demand; beyond the
/// limit the one unused for longest closes, and so does what was idle for a whole period.
/// </summary>
/// <remarks>Used by one thread. A file that a response still sends closes once the response is out.</remarks>
public sealed class OpenFiles : IDisposable
{
    private readonly int _segmentsMax;
    private SegmentFiles? _newest;
    private SegmentFiles? _oldest;
    private int _period;

    /// <summary>An empty cache.</summary>
    /// <param name="disk">The disk of the logs.</param>
    /// <param name="segmentsMax">Segments that may be open at once; each takes up to two maps, and one descriptor while it takes appends, else up to three.</param>
    public OpenFiles(IDisk disk, int segmentsMax = 4096)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(segmentsMax, 1);
        SharedDisk = disk;
        Disk = new ThriftyDisk(disk, this);
        _segmentsMax = segmentsMax;
    }

    /// <summary>The disk of the logs; makes room by closing segments where the process has too many files open.</summary>
    internal IDisk Disk { get; }

    /// <summary>The disk itself, which any thread may use.</summary>
    internal IDisk SharedDisk { get; }

    /// <summary>Segments that have a file open.</summary>
    public int Count { get; private set; }

    /// <summary>Closes what was not used since the call before. To be called now and then, by the shard's timer.</summary>
    public void CloseIdle()
    {
        while (_oldest is { } oldest && oldest.Period < _period)
            Close(oldest);
        _period++;
    }

    /// <summary>Closes all.</summary>
    public void Dispose()
    {
        while (_oldest is { } oldest)
            Close(oldest);
    }

    /// <summary>The files of a segment, marked as used now.</summary>
    internal SegmentFiles Use(LogSegment segment)
    {
        SegmentFiles? files = segment.Files;
        if (files is not null && files == _newest)
        {
            files.Period = _period;
            return files;
        }
        if (files is null)
        {
            while (Count >= _segmentsMax)
                Close(_oldest!);
            segment.Files = files = new SegmentFiles(segment);
            Count++;
        }
        else
            Unlink(files);
        files.Period = _period;
        files.Older = _newest;
        if (_newest is not null)
            _newest.Newer = files;
        _newest = files;
        _oldest ??= files;
        return files;
    }

    /// <summary>Closes the segment unused for longest, other than the one in use now.</summary>
    /// <returns>Whether there was one.</returns>
    internal bool TryCloseOldest()
    {
        if (_oldest is not { } oldest || oldest == _newest)
            return false;
        Close(oldest);
        return true;
    }

    internal void Close(SegmentFiles files)
    {
        Unlink(files);
        Count--;
        files.Segment.Files = null;
        files.CloseAll();
    }

    private void Unlink(SegmentFiles files)
    {
        if (files.Newer is null)
            _newest = files.Older;
        else
            files.Newer.Older = files.Older;
        if (files.Older is null)
            _oldest = files.Newer;
        else
            files.Older.Newer = files.Newer;
        files.Newer = files.Older = null;
    }
}
