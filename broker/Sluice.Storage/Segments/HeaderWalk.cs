using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Segments;

/// <summary>Steps through the batch headers of a segment's file, reading little more than the headers.</summary>
internal ref struct HeaderWalk
{
    /// <summary>Small batches share a read; of large ones hardly more than the header is read.</summary>
    public const int WindowSize = 1024;

    private readonly IDiskFile _file;
    private readonly int _end;
    private readonly Span<byte> _window;
    private int _windowAt;
    private int _windowLength;
    private int _next;

    /// <summary>Walks from <paramref name="position"/>, where a batch begins, to <paramref name="end"/>.</summary>
    public HeaderWalk(IDiskFile file, int position, int end, Span<byte> window)
    {
        _file = file;
        _end = end;
        _window = window;
        _next = position;
    }

    /// <summary>The batch at hand.</summary>
    public BatchLocation Current { get; private set; }

    /// <summary>Whether the walk ended where no batch can be, rather than at the end.</summary>
    public bool IsCorrupt { get; private set; }

    /// <summary>Steps to the next batch; false at the end and where no batch can be.</summary>
    public bool MoveNext()
    {
        if (_next >= _end || IsCorrupt)
            return false;
        if (!FillHeader())
        {
            IsCorrupt = true;
            return false;
        }
        var batch = new RecordBatch(_window[(_next - _windowAt).._windowLength]);
        if (batch.Magic != RecordBatch.CurrentMagic || batch.BatchLength < RecordBatch.HeaderSize - RecordBatch.LengthOverhead
            || batch.BatchLength > _end - _next - RecordBatch.LengthOverhead || batch.LastOffsetDelta < 0)
        {
            IsCorrupt = true;
            return false;
        }
        Current = new BatchLocation(_next, batch.SizeInBytes, batch.BaseOffset, batch.LastOffset, batch.MaxTimestamp);
        _next += batch.SizeInBytes;
        return true;
    }

    /// <exception cref="DiskException">With <see cref="DiskErrorKind.Corrupt"/> when the walk ended early.</exception>
    public readonly void ThrowIfCorrupt()
    {
        if (IsCorrupt)
            throw new DiskException(DiskErrorKind.Corrupt, _file.Path, $"no valid batch at position {_next} of {_end}");
    }

    private bool FillHeader()
    {
        if (_next >= _windowAt && _next + RecordBatch.HeaderSize <= _windowAt + _windowLength)
            return true;
        _windowAt = _next;
        _windowLength = _file.Read(_next, _window[..Math.Min(_window.Length, _end - _next)]);
        return _windowLength >= RecordBatch.HeaderSize;
    }
}
