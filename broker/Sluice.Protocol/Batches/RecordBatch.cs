using System.Buffers.Binary;
using Sluice.Protocol.Compression;

namespace Sluice.Protocol.Batches;

/// <summary>A view of one record batch (magic 2, KIP-98) over bytes that the caller owns. Reads fields in place, copies nothing.</summary>
/// <remarks>The properties may be read as soon as <see cref="HeaderSize"/> bytes are there; only <see cref="Validate"/> says whether they can be trusted.</remarks>
public readonly ref struct RecordBatch
{
    /// <summary>Bytes of the header, up to the first record.</summary>
    public const int HeaderSize = 61;

    /// <summary>Bytes of base offset and batch length, which the length field does not count.</summary>
    public const int LengthOverhead = 12;

    /// <summary>The only batch format that is read and written.</summary>
    public const byte CurrentMagic = 2;

    /// <summary>Position from which on the CRC covers the batch: that of the attributes.</summary>
    public const int CrcCoversFrom = 21;

    internal const int BaseOffsetAt = 0;
    internal const int LengthAt = 8;
    internal const int LeaderEpochAt = 12;
    internal const int MagicAt = 16;
    internal const int CrcAt = 17;
    internal const int AttributesAt = CrcCoversFrom;
    internal const int LastOffsetDeltaAt = 23;
    internal const int BaseTimestampAt = 27;
    internal const int MaxTimestampAt = 35;
    internal const int ProducerIdAt = 43;
    internal const int ProducerEpochAt = 51;
    internal const int BaseSequenceAt = 53;
    internal const int RecordCountAt = 57;

    private const int CodecMask = 0x07;
    private const int TimestampTypeBit = 0x08;
    private const int TransactionalBit = 0x10;
    private const int ControlBit = 0x20;
    private const int DeleteHorizonBit = 0x40;
    private const int KnownBits = CodecMask | TimestampTypeBit | TransactionalBit | ControlBit | DeleteHorizonBit;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Looks at <paramref name="bytes"/>, which begin with a batch and may go on after it.</summary>
    /// <exception cref="ArgumentException">There are fewer than <see cref="HeaderSize"/> bytes.</exception>
    public RecordBatch(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize)
            throw new ArgumentException($"A batch header takes {HeaderSize} bytes; there are {bytes.Length}.", nameof(bytes));
        _bytes = bytes;
    }

    /// <summary>Offset of the first record.</summary>
    public long BaseOffset => BinaryPrimitives.ReadInt64BigEndian(_bytes);

    /// <summary>The length field: bytes after itself.</summary>
    public int BatchLength => BinaryPrimitives.ReadInt32BigEndian(_bytes[LengthAt..]);

    /// <summary>Bytes of the whole batch, <see cref="LengthOverhead"/> included.</summary>
    public int SizeInBytes => BatchLength + LengthOverhead;

    /// <summary>Epoch of the leader that appended the batch; -1 before.</summary>
    public int PartitionLeaderEpoch => BinaryPrimitives.ReadInt32BigEndian(_bytes[LeaderEpochAt..]);

    /// <summary>Format version; 2 is the only one supported.</summary>
    public byte Magic => _bytes[MagicAt];

    /// <summary>CRC-32C as stored.</summary>
    public uint Crc => BinaryPrimitives.ReadUInt32BigEndian(_bytes[CrcAt..]);

    /// <summary>The attribute bits as stored.</summary>
    public short Attributes => BinaryPrimitives.ReadInt16BigEndian(_bytes[AttributesAt..]);

    /// <summary>Codec of the records; above 4 when the batch is damaged or of a later version.</summary>
    public CompressionCodec Codec => (CompressionCodec)(Attributes & CodecMask);

    /// <summary>Whose clock the timestamps are of.</summary>
    public TimestampType TimestampType => (Attributes & TimestampTypeBit) != 0 ? TimestampType.LogAppendTime : TimestampType.CreateTime;

    /// <summary>Whether the batch belongs to a transaction.</summary>
    public bool IsTransactional => (Attributes & TransactionalBit) != 0;

    /// <summary>Whether the batch holds one control record (transaction marker, quorum event) rather than data.</summary>
    public bool IsControl => (Attributes & ControlBit) != 0;

    /// <summary>Whether <see cref="BaseTimestamp"/> is the time from which compaction may drop tombstones (KIP-534).</summary>
    public bool HasDeleteHorizon => (Attributes & DeleteHorizonBit) != 0;

    /// <summary>Last offset minus base offset. Not always the record count less one: compaction removes records and keeps the range.</summary>
    public int LastOffsetDelta => BinaryPrimitives.ReadInt32BigEndian(_bytes[LastOffsetDeltaAt..]);

    /// <summary>Offset of the last record.</summary>
    public long LastOffset => BaseOffset + LastOffsetDelta;

    /// <summary>The offset after the batch.</summary>
    public long NextOffset => LastOffset + 1;

    /// <summary>Milliseconds since 1970 to which the records' timestamp deltas are added.</summary>
    public long BaseTimestamp => BinaryPrimitives.ReadInt64BigEndian(_bytes[BaseTimestampAt..]);

    /// <summary>Greatest timestamp of the records in milliseconds since 1970, -1 for none.</summary>
    public long MaxTimestamp => BinaryPrimitives.ReadInt64BigEndian(_bytes[MaxTimestampAt..]);

    /// <summary>Id of an idempotent or transactional producer, -1 for none.</summary>
    public long ProducerId => BinaryPrimitives.ReadInt64BigEndian(_bytes[ProducerIdAt..]);

    /// <summary>Epoch of the producer, -1 for none.</summary>
    public short ProducerEpoch => BinaryPrimitives.ReadInt16BigEndian(_bytes[ProducerEpochAt..]);

    /// <summary>Sequence number of the first record, -1 for none.</summary>
    public int BaseSequence => BinaryPrimitives.ReadInt32BigEndian(_bytes[BaseSequenceAt..]);

    /// <summary>Sequence number of the last record, -1 for none. After <see cref="int.MaxValue"/> comes 0.</summary>
    public int LastSequence => BaseSequence < 0 ? -1 : AddSequence(BaseSequence, LastOffsetDelta);

    /// <summary>Number of records.</summary>
    public int RecordCount => BinaryPrimitives.ReadInt32BigEndian(_bytes[RecordCountAt..]);

    /// <summary>Whether the batch comes from an idempotent or transactional producer.</summary>
    public bool HasProducerId => ProducerId >= 0;

    /// <summary>The batch's bytes from base offset to last record.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes[..SizeInBytes];

    /// <summary>The records as stored: one compressed block when a codec is set.</summary>
    public ReadOnlySpan<byte> Body => _bytes[HeaderSize..SizeInBytes];

    /// <summary>The sequence number that is <paramref name="delta"/> (≥ 0) after <paramref name="sequence"/>; after <see cref="int.MaxValue"/> comes 0.</summary>
    public static int AddSequence(int sequence, int delta) => (int)(((long)sequence + delta) & int.MaxValue);

    /// <summary>The CRC-32C of the bytes, from attributes to the end.</summary>
    public uint ComputeCrc() => Crc32C.Compute(_bytes[AttributesAt..SizeInBytes]);

    /// <summary>Checks length and magic: what must hold to find the batch's end.</summary>
    public BatchError ValidateSize()
    {
        int length = BatchLength;
        if (length < HeaderSize - LengthOverhead || length > int.MaxValue - LengthOverhead)
            return BatchError.BadLength;
        if (Magic != CurrentMagic)
            return BatchError.UnsupportedMagic;
        return SizeInBytes > _bytes.Length ? BatchError.Incomplete : BatchError.None;
    }

    /// <summary>Checks all that a batch must fulfil wherever it comes from: length, magic, counts, attributes, producer fields and CRC.</summary>
    public BatchError Validate()
    {
        BatchError error = ValidateSize();
        if (error != BatchError.None)
            return error;
        error = ValidateHeader();
        if (error != BatchError.None)
            return error;
        return ComputeCrc() == Crc ? BatchError.None : BatchError.BadCrc;
    }

    /// <summary>As <see cref="Validate"/>, and what holds only for a batch in a client's Produce request: base offset 0, a record for each offset, no control batch.</summary>
    public BatchError ValidateFromClient()
    {
        BatchError error = Validate();
        if (error != BatchError.None)
            return error;
        if (BaseOffset != 0)
            return BatchError.BadBaseOffset;
        if (IsControl)
            return BatchError.ControlFromClient;
        if (RecordCount < 1 || RecordCount != LastOffsetDelta + 1L)
            return BatchError.BadCount;
        if (HasProducerId && (BaseSequence < 0 || ProducerEpoch < 0))
            return BatchError.BadProducer;
        return BatchError.None;
    }

    /// <summary>Writes the base offset, which the CRC does not cover.</summary>
    public static void SetBaseOffset(Span<byte> batch, long offset) => BinaryPrimitives.WriteInt64BigEndian(batch[BaseOffsetAt..], offset);

    /// <summary>Writes the partition leader epoch, which the CRC does not cover.</summary>
    public static void SetPartitionLeaderEpoch(Span<byte> batch, int epoch) =>
        BinaryPrimitives.WriteInt32BigEndian(batch[LeaderEpochAt..], epoch);

    /// <summary>Writes timestamp type and max timestamp, and the CRC anew, as a topic with <c>message.timestamp.type=LogAppendTime</c> asks for.</summary>
    /// <param name="batch">A whole batch and nothing after it.</param>
    /// <param name="type">The new type.</param>
    /// <param name="maxTimestamp">Milliseconds since 1970.</param>
    public static void SetMaxTimestamp(Span<byte> batch, TimestampType type, long maxTimestamp)
    {
        int attributes = BinaryPrimitives.ReadInt16BigEndian(batch[AttributesAt..]) & ~TimestampTypeBit;
        if (type == TimestampType.LogAppendTime)
            attributes |= TimestampTypeBit;
        BinaryPrimitives.WriteInt16BigEndian(batch[AttributesAt..], (short)attributes);
        BinaryPrimitives.WriteInt64BigEndian(batch[MaxTimestampAt..], maxTimestamp);
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcAt..], Crc32C.Compute(batch[AttributesAt..]));
    }

    private BatchError ValidateHeader()
    {
        if (LastOffsetDelta < 0 || RecordCount < 0 || RecordCount > LastOffsetDelta + 1L || BaseOffset < 0
            || BaseOffset > long.MaxValue - LastOffsetDelta - 1L)
            return BatchError.BadCount;
        if ((Attributes & ~KnownBits) != 0 || Codec > CompressionCodec.Zstd)
            return BatchError.BadAttributes;
        // A record takes at least 7 bytes; a count that cannot fit must not make anyone reserve memory for it.
        if (Codec == CompressionCodec.None && RecordCount > (SizeInBytes - HeaderSize) / RecordReader.RecordSizeMin)
            return BatchError.BadCount;
        return ProducerId < -1 || (ProducerId == -1 && IsTransactional) ? BatchError.BadProducer : BatchError.None;
    }
}
