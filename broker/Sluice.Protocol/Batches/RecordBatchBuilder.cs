using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Sluice.Protocol.Compression;

namespace Sluice.Protocol.Batches;

/// <summary>Builds one record batch. Reusable: <see cref="Build()"/> leaves the builder empty, with its settings kept.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class RecordBatchBuilder : IDisposable
{
    private readonly PooledBuffer _records = new();
    private readonly PooledBuffer _scratch = new();
    private int _count;
    private int _lastOffsetDelta = -1;
    private long _baseTimestamp;
    private long _maxTimestamp = -1;

    /// <summary>Codec of the body; none by default.</summary>
    public CompressionCodec Codec { get; init; }

    /// <summary>Level of the codec as in <see cref="Codecs.Compress"/>; null for the codec's default.</summary>
    public int? Level { get; init; }

    /// <summary>Type written to the attributes.</summary>
    public TimestampType TimestampType { get; init; }

    /// <summary>Whether the batch belongs to a transaction.</summary>
    public bool IsTransactional { get; init; }

    /// <summary>Whether the batch is a control batch.</summary>
    public bool IsControl { get; init; }

    /// <summary>Offset of the first record; 0 in a Produce request.</summary>
    public long BaseOffset { get; set; }

    /// <summary>Epoch of the leader, -1 in a Produce request.</summary>
    public int PartitionLeaderEpoch { get; set; } = -1;

    /// <summary>Id of an idempotent producer, or -1.</summary>
    public long ProducerId { get; set; } = -1;

    /// <summary>Epoch of an idempotent producer, or -1.</summary>
    public short ProducerEpoch { get; set; } = -1;

    /// <summary>Sequence number of the first record of an idempotent producer, or -1.</summary>
    public int BaseSequence { get; set; } = -1;

    /// <summary>Records appended since the last <see cref="Build()"/>.</summary>
    public int Count => _count;

    /// <summary>Bytes that an uncompressed batch of what was appended takes.</summary>
    public int UncompressedSize => RecordBatch.HeaderSize + _records.Length;

    /// <summary>Appends a record with the next offset.</summary>
    public void Append(long timestamp, byte[]? key, byte[]? value) =>
        Append(timestamp, key is null ? null : (ReadOnlyMemory<byte>?)key, value is null ? null : (ReadOnlyMemory<byte>?)value, default);

    /// <summary>Appends a record with the next offset.</summary>
    /// <param name="timestamp">Milliseconds since 1970.</param>
    /// <param name="key">Key or null.</param>
    /// <param name="value">Value or null.</param>
    /// <param name="headers">Headers in order.</param>
    public void Append(long timestamp, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value, ReadOnlySpan<RecordHeader> headers = default) =>
        AppendAt(_lastOffsetDelta + 1, timestamp, key, value, headers);

    /// <summary>Appends a record with an offset that leaves a gap, as compaction does.</summary>
    /// <param name="offsetDelta">Offset minus base offset; greater than that of the record before.</param>
    /// <param name="timestamp">Milliseconds since 1970.</param>
    /// <param name="key">Key or null.</param>
    /// <param name="value">Value or null.</param>
    /// <param name="headers">Headers in order.</param>
    /// <exception cref="ArgumentOutOfRangeException">The offset delta does not grow.</exception>
    public void AppendAt(int offsetDelta, long timestamp, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value,
        ReadOnlySpan<RecordHeader> headers = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(offsetDelta, _lastOffsetDelta);
        if (_count == 0)
            _baseTimestamp = timestamp;
        int size = RecordSize(offsetDelta, timestamp - _baseTimestamp, key, value, headers);
        Span<byte> to = _records.GetSpan(VarInt.Size(size) + size);
        int at = VarInt.Write(to, size);
        to[at++] = 0;
        at += VarInt.Write(to[at..], timestamp - _baseTimestamp);
        at += VarInt.Write(to[at..], offsetDelta);
        at += WriteBytes(to[at..], key);
        at += WriteBytes(to[at..], value);
        at += VarInt.Write(to[at..], headers.Length);
        foreach (RecordHeader header in headers)
        {
            int keyLength = Encoding.UTF8.GetByteCount(header.Key);
            at += VarInt.Write(to[at..], keyLength);
            at += Encoding.UTF8.GetBytes(header.Key, to[at..]);
            at += WriteBytes(to[at..], header.Value);
        }
        _records.Advance(at);
        _count++;
        _lastOffsetDelta = offsetDelta;
        _maxTimestamp = Math.Max(_maxTimestamp, timestamp);
    }

    /// <summary>The batch's bytes; afterwards the builder is empty.</summary>
    /// <exception cref="InvalidOperationException">Nothing was appended.</exception>
    public byte[] Build()
    {
        var output = new ArrayBufferWriter<byte>(UncompressedSize);
        Build(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes the batch to <paramref name="output"/>; afterwards the builder is empty.</summary>
    /// <exception cref="InvalidOperationException">Nothing was appended.</exception>
    public void Build(IBufferWriter<byte> output)
    {
        if (_count == 0)
            throw new InvalidOperationException("A batch needs at least one record.");
        PooledBuffer body = _records;
        if (Codec != CompressionCodec.None)
        {
            _scratch.Clear();
            Codecs.Compress(Codec, _records.WrittenSpan, _scratch, Level);
            body = _scratch;
        }
        int size = RecordBatch.HeaderSize + body.Length;
        Span<byte> to = output.GetSpan(size)[..size];
        WriteHeader(to);
        body.WrittenSpan.CopyTo(to[RecordBatch.HeaderSize..]);
        BinaryPrimitives.WriteUInt32BigEndian(to[RecordBatch.CrcAt..], Crc32C.Compute(to[RecordBatch.AttributesAt..]));
        output.Advance(size);
        Clear();
    }

    /// <summary>Forgets what was appended.</summary>
    public void Clear()
    {
        _records.Clear();
        _count = 0;
        _lastOffsetDelta = -1;
        _maxTimestamp = -1;
    }

    /// <summary>Gives the buffers back.</summary>
    public void Dispose()
    {
        _records.Dispose();
        _scratch.Dispose();
    }

    private void WriteHeader(Span<byte> to)
    {
        int attributes = (int)Codec | ((int)TimestampType << 3) | (IsTransactional ? 0x10 : 0) | (IsControl ? 0x20 : 0);
        BinaryPrimitives.WriteInt64BigEndian(to, BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(to[RecordBatch.LengthAt..], to.Length - RecordBatch.LengthOverhead);
        BinaryPrimitives.WriteInt32BigEndian(to[RecordBatch.LeaderEpochAt..], PartitionLeaderEpoch);
        to[RecordBatch.MagicAt] = RecordBatch.CurrentMagic;
        BinaryPrimitives.WriteInt16BigEndian(to[RecordBatch.AttributesAt..], (short)attributes);
        BinaryPrimitives.WriteInt32BigEndian(to[RecordBatch.LastOffsetDeltaAt..], _lastOffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(to[RecordBatch.BaseTimestampAt..], _baseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(to[RecordBatch.MaxTimestampAt..], _maxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(to[RecordBatch.ProducerIdAt..], ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(to[RecordBatch.ProducerEpochAt..], ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(to[RecordBatch.BaseSequenceAt..], BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(to[RecordBatch.RecordCountAt..], _count);
    }

    private static int RecordSize(int offsetDelta, long timestampDelta, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value,
        ReadOnlySpan<RecordHeader> headers)
    {
        int size = 1 + VarInt.Size(timestampDelta) + VarInt.Size(offsetDelta) + BytesSize(key) + BytesSize(value) + VarInt.Size(headers.Length);
        foreach (RecordHeader header in headers)
        {
            int keyLength = Encoding.UTF8.GetByteCount(header.Key);
            size = checked(size + VarInt.Size(keyLength) + keyLength + BytesSize(header.Value));
        }
        return size;
    }

    private static int BytesSize(ReadOnlyMemory<byte>? bytes) => bytes is { } present ? VarInt.Size(present.Length) + present.Length : 1;

    private static int WriteBytes(Span<byte> to, ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } present)
            return VarInt.Write(to, -1);
        int at = VarInt.Write(to, present.Length);
        present.Span.CopyTo(to[at..]);
        return at + present.Length;
    }
}
