using System.Buffers.Binary;
using Sluice.Protocol.Compression;

namespace Sluice.Protocol.Batches;

/// <summary>
/// Writes a batch again without some of its records, as log compaction does (KIP-98, KIP-534). Offsets, sequence numbers, epochs and
/// codec stay, and so does the range from base offset to last offset; timestamps stay but are counted from another base.
/// </summary>
/// <remarks>Reusable, not thread-safe.</remarks>
public sealed class BatchReduction : IDisposable
{
    private const int DeleteHorizonBit = 0x40;
    private const int CodecMask = 0x07;

    private readonly byte[] _header = new byte[RecordBatch.HeaderSize];
    private readonly PooledBuffer _records = new();
    private readonly PooledBuffer _output = new();
    private long _originalBase;
    private long _newBase;
    private long _maxTimestamp;
    private bool _isAppendTime;
    private int _count;

    /// <summary>Begins a batch that keeps some of the records of <paramref name="original"/>.</summary>
    /// <param name="original">The batch.</param>
    /// <param name="deleteHorizonMs">The time in milliseconds since 1970 from which its tombstones may go, which takes the place of the base timestamp; -1 for none.</param>
    public void Begin(in RecordBatch original, long deleteHorizonMs)
    {
        original.Bytes[..RecordBatch.HeaderSize].CopyTo(_header);
        _records.Clear();
        _count = 0;
        _originalBase = original.BaseTimestamp;
        _isAppendTime = original.TimestampType == TimestampType.LogAppendTime;
        _maxTimestamp = _isAppendTime ? original.MaxTimestamp : -1;
        _newBase = deleteHorizonMs;
        int attributes = original.Attributes & ~DeleteHorizonBit;
        if (deleteHorizonMs >= 0) attributes |= DeleteHorizonBit;
        BinaryPrimitives.WriteInt16BigEndian(_header.AsSpan(RecordBatch.AttributesAt), (short)attributes);
    }

    /// <summary>Keeps a record of the original, in its order.</summary>
    public void Keep(in Record record)
    {
        // In a batch with the log's own time every record has that time, whatever its delta says.
        long timestamp = _isAppendTime ? _maxTimestamp : _originalBase + record.TimestampDelta;
        if (_count == 0 && _newBase < 0) _newBase = timestamp;
        if (!_isAppendTime) _maxTimestamp = Math.Max(_maxTimestamp, timestamp);
        long delta = timestamp - _newBase;
        int size = 1 + VarInt.Size(delta) + VarInt.Size(record.OffsetDelta) + record.Content.Length;
        Span<byte> to = _records.GetSpan(VarInt.Size(size) + size);
        int at = VarInt.Write(to, size);
        to[at++] = 0;
        at += VarInt.Write(to[at..], delta);
        at += VarInt.Write(to[at..], record.OffsetDelta);
        record.Content.CopyTo(to[at..]);
        _records.Advance(at + record.Content.Length);
        _count++;
    }

    /// <summary>The batch of the records that were kept, compressed with the original's codec; valid until the next call.</summary>
    /// <exception cref="InvalidOperationException">No record was kept; see <see cref="WriteEmpty"/>.</exception>
    public ReadOnlySpan<byte> Finish()
    {
        if (_count == 0) throw new InvalidOperationException("A batch without records has no body to write.");
        var codec = (CompressionCodec)(BinaryPrimitives.ReadInt16BigEndian(_header.AsSpan(RecordBatch.AttributesAt)) & CodecMask);
        _output.Clear();
        _header.CopyTo(_output.GetSpan(RecordBatch.HeaderSize));
        _output.Advance(RecordBatch.HeaderSize);
        Codecs.Compress(codec, _records.WrittenSpan, _output);
        Span<byte> bytes = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_output.WrittenMemory).Span;
        BinaryPrimitives.WriteInt32BigEndian(bytes[RecordBatch.LengthAt..], bytes.Length - RecordBatch.LengthOverhead);
        BinaryPrimitives.WriteInt64BigEndian(bytes[RecordBatch.BaseTimestampAt..], _newBase);
        BinaryPrimitives.WriteInt64BigEndian(bytes[RecordBatch.MaxTimestampAt..], _maxTimestamp);
        BinaryPrimitives.WriteInt32BigEndian(bytes[RecordBatch.RecordCountAt..], _count);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[RecordBatch.CrcAt..], Crc32C.Compute(bytes[RecordBatch.AttributesAt..]));
        return bytes;
    }

    /// <summary>Writes the header of a batch that lost all its records and stays for its last offset and its producer's last sequence number.</summary>
    /// <param name="original">The batch.</param>
    /// <param name="destination">Takes <see cref="RecordBatch.HeaderSize"/> bytes, the whole batch.</param>
    public static void WriteEmpty(in RecordBatch original, Span<byte> destination)
    {
        Span<byte> to = destination[..RecordBatch.HeaderSize];
        original.Bytes[..RecordBatch.HeaderSize].CopyTo(to);
        BinaryPrimitives.WriteInt32BigEndian(to[RecordBatch.LengthAt..], RecordBatch.HeaderSize - RecordBatch.LengthOverhead);
        BinaryPrimitives.WriteInt16BigEndian(to[RecordBatch.AttributesAt..], (short)(original.Attributes & ~(CodecMask | DeleteHorizonBit)));
        BinaryPrimitives.WriteInt64BigEndian(to[RecordBatch.BaseTimestampAt..], -1);
        BinaryPrimitives.WriteInt32BigEndian(to[RecordBatch.RecordCountAt..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(to[RecordBatch.CrcAt..], Crc32C.Compute(to[RecordBatch.AttributesAt..]));
    }

    /// <summary>Gives the buffers back.</summary>
    public void Dispose()
    {
        _records.Dispose();
        _output.Dispose();
    }
}
