using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Producers;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>What the parts of <see cref="PartitionLog"/> share. One thread owns it.</summary>
internal sealed class LogState(OpenFiles files, string directory, LogConfig config)
{
    private long _boundOffset = -1;
    private long _boundSegment;
    private int _boundPosition;
    private BatchLocation _tail;

    public OpenFiles Files { get; set; } = files;

    public IDisk Disk => Files.Disk;

    public string Directory { get; set; } = directory;

    public LogConfig Config { get; set; } = config;

    /// <summary>In order of base offset; the last one takes the appends. Never empty once the log is open.</summary>
    public List<LogSegment> Segments { get; } = new(1);

    public LeaderEpochs Epochs { get; set; } = null!;

    public ProducerStateManager Producers { get; } = new();

    public long LogStartOffset { get; set; }

    /// <summary>The offset after the last batch in the file.</summary>
    public long LogEndOffset { get; set; }

    /// <summary>The offset after the last staged batch; <see cref="LogEndOffset"/> when none is staged.</summary>
    public long NextOffset { get; set; }

    public long RecoveryPoint { get; set; }

    /// <summary>Grows with each truncation, so that a flush begun before it promises nothing about what was written after it.</summary>
    public int Truncations { get; set; }

    /// <summary>Whether files were made in the directory since it was last synced.</summary>
    public bool DirectoryDirty { get; set; }

    /// <summary>Whether the directory itself is new since its parent was last synced.</summary>
    public bool ParentDirty { get; set; }

    /// <summary>Whether a snapshot of the producers was ever written, so that one that is not the newest would tell of an older state.</summary>
    public bool HasSnapshots { get; set; }

    /// <summary>Whether anything was written since the log was opened.</summary>
    public bool Changed { get; set; }

    /// <summary>Why the log takes no more appends, for good.</summary>
    public DiskException? Failure { get; set; }

    public LogSegment Active => Segments[^1];

    /// <summary>Index of the segment that holds <paramref name="offset"/>: the last whose base offset is not greater, or -1.</summary>
    public int SegmentOf(long offset)
    {
        int low = 0, high = Segments.Count - 1, found = -1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (Segments[middle].BaseOffset <= offset)
            {
                found = middle;
                low = middle + 1;
            }
            else
                high = middle - 1;
        }
        return found;
    }

    /// <summary>The offset after the last that may be in the segment.</summary>
    public long EndOf(int segment) => segment + 1 < Segments.Count ? Segments[segment + 1].BaseOffset : LogEndOffset;

    /// <summary>Position behind the batches of the segment that end at or before <paramref name="bound"/>, exclusive.</summary>
    public int PositionOfBound(int index, long bound)
    {
        LogSegment segment = Segments[index];
        if (bound >= EndOf(index))
            return segment.Size;
        // The high watermark stays while many consumers read below it; its position is looked up once.
        if (_boundOffset != bound || _boundSegment != segment.BaseOffset)
        {
            _boundPosition = segment.Locate(bound)?.Position ?? segment.Size;
            _boundOffset = bound;
            _boundSegment = segment.BaseOffset;
        }
        return _boundPosition;
    }

    /// <summary>Index of the first segment of which something is not flushed: batches, or the indexes of one that is finished.</summary>
    public int FirstUnflushedSegment()
    {
        int first = Math.Max(0, SegmentOf(RecoveryPoint));
        while (first > 0 && Segments[first - 1].IndexesDirty)
            first--;
        return first;
    }

    /// <summary>Notes where the last write begins: what consumers at the log's end ask for next.</summary>
    public void NoteTail(in BatchLocation first) => _tail = first;

    /// <summary>The batch that holds the offset, from memory, if it is the first of the last write.</summary>
    public bool TryLocateAtTail(long offset, LogSegment segment, out BatchLocation location)
    {
        location = _tail;
        return segment == Active && location.Size > 0 && offset >= location.BaseOffset && offset <= location.LastOffset;
    }

    /// <summary>Forgets positions, once segments were cut or taken out.</summary>
    public void ForgetPositions()
    {
        _boundOffset = -1;
        _tail = default;
    }

    public void EnsureUsable()
    {
        if (Failure is { } failure)
            throw new DiskException(DiskErrorKind.Failed, Directory, $"the log failed before and takes no more writes: {failure.Message}", failure);
    }

    /// <summary>Marks the log as failed; the first reason stays.</summary>
    public void Fail(DiskException reason) => Failure ??= reason;

    public string SnapshotPath(long offset) => LogFileNames.File(Directory, offset, LogFileNames.Snapshot);
}
