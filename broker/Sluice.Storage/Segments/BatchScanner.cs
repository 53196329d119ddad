using System.Buffers;
using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Segments;

/// <summary>Reads a segment's file from one end to the other and checks every batch, as recovery does after a crash.</summary>
internal sealed class BatchScanner : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private const int HeadersBufferSize = 4096;

    /// <summary>A transaction marker takes less than a hundred bytes; it is the one kind of batch whose body is looked at here.</summary>
    private const int MarkerSizeMax = HeadersBufferSize;

    private readonly IDiskFile _file;
    private readonly long _end;
    private readonly byte[] _buffer;
    private readonly bool _verify;
    private long _bufferAt;
    private int _bufferLength;

    /// <summary>Scans from <paramref name="position"/> to <paramref name="end"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="position">Where a batch begins.</param>
    /// <param name="end">Where to stop.</param>
    /// <param name="verify">Whether to read the bodies and check the checksums, or only step over the headers.</param>
    public BatchScanner(IDiskFile file, long position, long end, bool verify)
    {
        _file = file;
        _end = end;
        _verify = verify;
        _buffer = ArrayPool<byte>.Shared.Rent(verify ? BufferSize : HeadersBufferSize);
        NextPosition = position;
    }

    /// <summary>Where the batch after the current one begins: the end of all that is valid.</summary>
    public long NextPosition { get; private set; }

    /// <summary>Position of the current batch.</summary>
    public long Position { get; private set; }

    /// <summary>Why the scan ended before the end.</summary>
    public BatchError Error { get; private set; }

    /// <summary>The current batch: its header, and its body when it is a transaction marker.</summary>
    public RecordBatch Current => new(_buffer.AsSpan((int)(Position - _bufferAt), _bufferLength - (int)(Position - _bufferAt)));

    public bool MoveNext()
    {
        if (Error != BatchError.None || NextPosition >= _end)
            return false;
        Position = NextPosition;
        Error = Check();
        if (Error != BatchError.None)
            return false;
        NextPosition = Position + Current.SizeInBytes;
        return true;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private BatchError Check()
    {
        if (_end - Position < RecordBatch.HeaderSize || !Fill(Position, RecordBatch.HeaderSize))
            return BatchError.Incomplete;
        RecordBatch batch = Current;
        if (batch.Magic != RecordBatch.CurrentMagic)
            return BatchError.UnsupportedMagic;
        if (batch.BatchLength < RecordBatch.HeaderSize - RecordBatch.LengthOverhead)
            return BatchError.BadLength;
        if (batch.BatchLength > _end - Position - RecordBatch.LengthOverhead)
            return BatchError.Incomplete;
        if (batch.LastOffsetDelta < 0 || batch.BaseOffset < 0 || batch.RecordCount < 0)
            return BatchError.BadCount;
        int size = batch.SizeInBytes;
        bool isMarker = batch.IsControl && batch.HasProducerId;
        if (isMarker && size > MarkerSizeMax)
            return BatchError.BadLength;
        if (!_verify)
            return !isMarker || Fill(Position, size) ? BatchError.None : BatchError.Incomplete;
        return CheckCrc(size, batch.Crc);
    }

    private BatchError CheckCrc(int size, uint expected)
    {
        if (size <= _buffer.Length)
        {
            if (!Fill(Position, size))
                return BatchError.Incomplete;
            return new RecordBatch(_buffer.AsSpan((int)(Position - _bufferAt), size)).ComputeCrc() == expected ? BatchError.None : BatchError.BadCrc;
        }
        // Larger than the buffer: piece by piece, then back to the header.
        uint crc = 0;
        long at = Position + RecordBatch.CrcCoversFrom, end = Position + size;
        while (at < end)
        {
            int piece = (int)Math.Min(_buffer.Length, end - at);
            if (_file.Read(at, _buffer.AsSpan(0, piece)) < piece)
                return BatchError.Incomplete;
            crc = Crc32C.Append(crc, _buffer.AsSpan(0, piece));
            at += piece;
        }
        _bufferLength = 0;
        if (!Fill(Position, RecordBatch.HeaderSize))
            return BatchError.Incomplete;
        return crc == expected ? BatchError.None : BatchError.BadCrc;
    }

    /// <summary>Makes sure that <paramref name="count"/> bytes from <paramref name="position"/> are in the buffer.</summary>
    private bool Fill(long position, int count)
    {
        if (position >= _bufferAt && position + count <= _bufferAt + _bufferLength)
            return true;
        int wanted = (int)Math.Min(_buffer.Length, _end - position);
        _bufferAt = position;
        _bufferLength = _file.Read(position, _buffer.AsSpan(0, wanted));
        return _bufferLength >= count;
    }
}
