using System.Buffers.Binary;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Sluice.Core.Producing;

/// <summary>
/// Prepares a client's batch for the log: checks it, and changes what the topic's configuration asks for. Almost every batch is stored
/// as it came; a header that names another largest timestamp than the records have is set right, a topic with <c>compression.type</c> other than the producer's gets a new body, one with LogAppendTime new header fields.
/// Each shard has one, whose buffers it reuses.
/// </summary>
internal sealed class BatchRewriter : IDisposable
{
    private const int LengthAt = 8;
    private const int CrcAt = 17;
    private const int AttributesAt = 21;
    private const int CodecMask = 0x07;

    private readonly int _decompressedBytesMax;
    private readonly PooledBuffer _body = new();
    private readonly PooledBuffer _batch = new();

    /// <param name="decompressedBytesMax">What a client's compressed batch may grow to.</param>
    public BatchRewriter(int decompressedBytesMax) => _decompressedBytesMax = decompressedBytesMax;

    /// <summary>Whether the last batch lies in a buffer of this object, so that it is overwritten by the next one.</summary>
    public bool HasRewritten { get; private set; }

    /// <summary>Checks a batch and makes it ready to be appended.</summary>
    /// <param name="records">The request's records, ours to change.</param>
    /// <param name="version">The version of the Produce request.</param>
    /// <param name="rules">The topic's rules.</param>
    /// <param name="nowMs">Wall-clock time.</param>
    /// <param name="mayTakeLong">Whether any size may be decoded; otherwise what is large inside is answered with <see cref="BatchRefusal.NeedsTime"/>.</param>
    /// <param name="batch">What to append: the batch in <paramref name="records"/>, or a buffer that is valid until the next call.</param>
    /// <returns>Why the batch is refused; null when it may be appended.</returns>
    public BatchRefusal? Prepare(Memory<byte> records, short version, AppendRules rules, long nowMs, bool mayTakeLong, out Memory<byte> batch)
    {
        batch = records;
        HasRewritten = false;
        if (_batch.Length > Limits.KeptBufferBytesMax) _batch.Dispose();
        if (BatchCheck.CheckHeader(records.Span, version, rules) is { } refused) return refused;
        var view = new RecordBatch(records.Span);
        // The incomplete rest that may follow is dropped, as by Kafka.
        batch = records[..view.SizeInBytes];
        if (Decode(view, rules, nowMs, mayTakeLong, ref batch, out long maxTimestamp) is { } wrong) return wrong;
        if (rules.TimestampType == TimestampType.LogAppendTime) RecordBatch.SetMaxTimestamp(batch.Span, TimestampType.LogAppendTime, nowMs);
        else if (view.TimestampType != rules.TimestampType || view.MaxTimestamp != maxTimestamp) RecordBatch.SetMaxTimestamp(batch.Span, TimestampType.CreateTime, maxTimestamp);
        return null;
    }

    /// <summary>Gives the buffers back.</summary>
    public void Dispose()
    {
        _body.Dispose();
        _batch.Dispose();
    }

    private BatchRefusal? Decode(in RecordBatch view, AppendRules rules, long nowMs, bool mayTakeLong, ref Memory<byte> batch, out long maxTimestamp)
    {
        maxTimestamp = view.MaxTimestamp;
        bool changesCodec = rules.TargetCodec(view.Codec) != view.Codec;
        if (!mayTakeLong && changesCodec && view.Body.Length > Limits.RecompressedAtOnceBytesMax) return BatchRefusal.NeedsTime;
        int bytesMax = mayTakeLong ? _decompressedBytesMax : Math.Min(_decompressedBytesMax, changesCodec ? Limits.RecompressedAtOnceBytesMax : Limits.DecodedAtOnceBytesMax);
        try
        {
            ReadOnlySpan<byte> body = view.Body;
            if (view.Codec != CompressionCodec.None)
            {
                _body.Clear();
                Codecs.Decompress(view.Codec, view.Body, _body, new DecompressionLimit(bytesMax));
                body = _body.WrittenSpan;
            }
            if (BatchCheck.CheckRecords(view, body, rules, nowMs, out maxTimestamp) is { } wrong) return wrong;
            CompressionCodec target = rules.TargetCodec(view.Codec);
            return target == view.Codec ? null : Recompress(view, body, target, rules, ref batch);
        }
        catch (CompressionException e) when (e.IsTooLarge && bytesMax < _decompressedBytesMax)
        {
            return BatchRefusal.NeedsTime;
        }
        catch (CompressionException e)
        {
            return new BatchRefusal(e.IsTooLarge ? ErrorCode.MessageTooLarge : ErrorCode.InvalidRecord, e.Message);
        }
        finally
        {
            TrimBuffers();
        }
    }

    /// <summary>Replaces the body: the records' own bytes do not change, only the block around them, the length, the codec and the checksum.</summary>
    private BatchRefusal? Recompress(in RecordBatch view, ReadOnlySpan<byte> body, CompressionCodec target, AppendRules rules, ref Memory<byte> batch)
    {
        _batch.Clear();
        view.Bytes[..RecordBatch.HeaderSize].CopyTo(_batch.GetSpan(RecordBatch.HeaderSize));
        _batch.Advance(RecordBatch.HeaderSize);
        Codecs.Compress(target, body, _batch, rules.CompressionLevel);
        batch = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_batch.WrittenMemory);
        HasRewritten = true;
        Span<byte> bytes = batch.Span;
        if (bytes.Length > rules.MaxMessageBytes)
            return new BatchRefusal(ErrorCode.MessageTooLarge, $"compressed with {Codecs.Name(target)} the batch has {bytes.Length} bytes, max.message.bytes is {rules.MaxMessageBytes}") { TellsLogStart = false };
        if (bytes.Length > rules.SegmentBytes)
            return new BatchRefusal(ErrorCode.RecordListTooLarge, $"compressed with {Codecs.Name(target)} the batch has {bytes.Length} bytes, segment.bytes is {rules.SegmentBytes}") { TellsLogStart = false };
        BinaryPrimitives.WriteInt32BigEndian(bytes[LengthAt..], bytes.Length - RecordBatch.LengthOverhead);
        BinaryPrimitives.WriteInt16BigEndian(bytes[AttributesAt..], (short)((view.Attributes & ~CodecMask) | (int)target));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[CrcAt..], Crc32C.Compute(bytes[AttributesAt..]));
        return null;
    }

    /// <summary>One huge batch must not hold its memory for ever.</summary>
    private void TrimBuffers()
    {
        if (_body.Length > Limits.KeptBufferBytesMax) _body.Dispose();
    }
}
