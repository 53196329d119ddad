using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Cleaning;

/// <summary>Reads the batches of a finished segment one after the other, whole, and checks each: a damaged one must not be written again with a checksum that fits.</summary>
internal sealed class SegmentBatchReader : IDisposable
{
    private readonly IDiskFile _file;
    private readonly int _end;
    private byte[] _buffer;
    private int _bufferAt;
    private int _bufferLength;
    private int _size;

    /// <param name="disk">The disk.</param>
    /// <param name="path">The segment's file.</param>
    /// <param name="end">Where its batches end.</param>
    /// <param name="buffer">Memory to read into; a larger batch gets a buffer of its own.</param>
    public SegmentBatchReader(IDisk disk, string path, int end, byte[] buffer)
    {
        _file = disk.Open(path, DiskAccess.Read);
        _end = end;
        _buffer = buffer;
    }

    /// <summary>Where the batch at hand begins.</summary>
    public int Position { get; private set; }

    /// <summary>Whether no batch follows the one at hand.</summary>
    public bool IsLast => Position + _size >= _end;

    /// <summary>The batch at hand; its bytes are gone with the next step.</summary>
    public RecordBatch Current => new(_buffer.AsSpan(Position - _bufferAt, _size));

    /// <summary>Steps to the next batch; false at the end.</summary>
    /// <exception cref="DiskException">With <see cref="DiskErrorKind.Corrupt"/> when no valid batch is where one must be.</exception>
    public bool MoveNext()
    {
        Position += _size;
        _size = 0;
        if (Position >= _end)
            return false;
        Fill(RecordBatch.HeaderSize);
        int length = new RecordBatch(_buffer.AsSpan(Position - _bufferAt, RecordBatch.HeaderSize)).BatchLength;
        if (length < RecordBatch.HeaderSize - RecordBatch.LengthOverhead || length > _end - Position - RecordBatch.LengthOverhead)
            throw Damaged(BatchError.BadLength);
        Fill(length + RecordBatch.LengthOverhead);
        _size = length + RecordBatch.LengthOverhead;
        BatchError error = Current.Validate();
        return error == BatchError.None ? true : throw Damaged(error);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Makes sure that <paramref name="count"/> bytes from the position on are in the buffer.</summary>
    private void Fill(int count)
    {
        if (count > _end - Position)
            throw Damaged(BatchError.Incomplete);
        if (Position + count <= _bufferAt + _bufferLength)
            return;
        if (count > _buffer.Length)
            _buffer = new byte[count];
        _bufferAt = Position;
        _bufferLength = _file.Read(Position, _buffer.AsSpan(0, Math.Min(_buffer.Length, _end - Position)));
        if (_bufferLength < count)
            throw Damaged(BatchError.Incomplete);
    }

    private DiskException Damaged(BatchError error) => new(DiskErrorKind.Corrupt, _file.Path, $"the batch at position {Position} of {_end} is damaged: {error}");
}
