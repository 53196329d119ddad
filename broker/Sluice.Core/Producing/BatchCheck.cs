using System.Buffers.Binary;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Producing;

/// <summary>
/// Decides whether what a client sent for one partition may be appended, by the rules of Kafka's LogValidator. The records of every batch
/// are looked through once, those of a compressed one after decompression: what is stored must be readable, and its count, offsets and
/// largest timestamp must be those of its header. Stricter than Kafka in one thing: offset deltas that do not count from 0 are refused,
/// which Kafka corrects in compressed batches and stores in others.
/// </summary>
internal static class BatchCheck
{
    /// <summary>How many records an answer blames at most (KIP-467 leaves it open; Kafka names them all, whatever the size).</summary>
    private const int RecordErrorsMax = 100;

    /// <summary>The least length that Kafka's reader takes for a batch of any format: that of a record of format 0.</summary>
    private const int OldestRecordSizeMin = 14;

    private const int LengthAt = 8;
    private const int MagicAt = 16;

    /// <summary>Checks what can be told without decoding: form, version rules, size, checksum, counts, kinds that clients may not write.</summary>
    /// <param name="records">The bytes of the request's records field.</param>
    /// <param name="version">The version of the Produce request.</param>
    /// <param name="rules">The topic's rules.</param>
    public static BatchRefusal? CheckHeader(ReadOnlySpan<byte> records, short version, AppendRules rules)
    {
        if (CheckForm(records, version) is { } malformed) return malformed;
        var batch = new RecordBatch(records);
        if (batch.BaseOffset != 0) return Invalid($"the base offset of a batch must be 0, not {batch.BaseOffset}");
        if (batch.SizeInBytes > rules.MaxMessageBytes)
            return new BatchRefusal(ErrorCode.MessageTooLarge, $"the batch has {batch.SizeInBytes} bytes, max.message.bytes is {rules.MaxMessageBytes}") { TellsLogStart = false };
        switch (new RecordBatch(records[..batch.SizeInBytes]).ValidateFromClient())
        {
            case BatchError.None: break;
            case BatchError.BadCrc: return Corrupt("the checksum of the batch does not match its bytes");
            case BatchError.ControlFromClient: return Invalid("clients must not write control batches");
            case BatchError.BadCount: return Invalid($"{batch.RecordCount} records do not fit the last offset delta {batch.LastOffsetDelta} and the size {batch.SizeInBytes}");
            case BatchError.BadProducer: return Invalid($"producer id {batch.ProducerId}, epoch {batch.ProducerEpoch} and sequence {batch.BaseSequence} do not fit each other");
            case BatchError.BadAttributes: return Invalid($"the attributes {batch.Attributes} have no meaning");
            default: return Invalid("the batch is malformed");
        }
        if (batch.IsTransactional)
            return new BatchRefusal(ErrorCode.InvalidTxnState, "this broker has no transactions yet: produce without transactional.id");
        if (batch.HasDeleteHorizon) return Invalid("clients must not set a delete horizon");
        if (batch.SizeInBytes > rules.SegmentBytes)
            return new BatchRefusal(ErrorCode.RecordListTooLarge, $"the batch has {batch.SizeInBytes} bytes, segment.bytes is {rules.SegmentBytes}") { TellsLogStart = false };
        return null;
    }

    /// <summary>Checks the records of a batch that passed <see cref="CheckHeader"/>.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="body">Its records, decompressed.</param>
    /// <param name="rules">The topic's rules.</param>
    /// <param name="nowMs">Wall-clock time.</param>
    /// <param name="maxTimestamp">The largest timestamp of the records, whatever the header says; -1 for none.</param>
    public static BatchRefusal? CheckRecords(in RecordBatch batch, ReadOnlySpan<byte> body, AppendRules rules, long nowMs, out long maxTimestamp)
    {
        maxTimestamp = batch.MaxTimestamp;
        if (RecordSurvey.TryMake(body, batch.RecordCount, batch.BaseTimestamp, out RecordSurvey survey) != BatchError.None)
            return Invalid("the records of the batch are malformed");
        if (survey.Misplaced >= 0) return Invalid($"the offset delta of record {survey.Misplaced} is not its place in the batch");
        bool timestampsMayBeWrong = batch.TimestampType == TimestampType.LogAppendTime;
        if (!timestampsMayBeWrong)
        {
            maxTimestamp = Math.Max(-1, survey.MaxTimestamp);
            timestampsMayBeWrong = rules.TimestampType == TimestampType.CreateTime && !(IsInTime(survey.MinTimestamp, rules, nowMs) && IsInTime(survey.MaxTimestamp, rules, nowMs));
        }
        return timestampsMayBeWrong || (rules.RequiresKeys && survey.HasNullKey) ? FindWrongRecords(batch, body, rules, nowMs) : null;
    }

    /// <summary>Names the records that are to blame, if any.</summary>
    private static BatchRefusal? FindWrongRecords(in RecordBatch batch, ReadOnlySpan<byte> body, AppendRules rules, long nowMs)
    {
        List<ProduceResponse.BatchIndexAndErrorMessage>? errors = null;
        bool timestampsAreWrong = false;
        var reader = new RecordReader(body, batch.RecordCount);
        for (int index = 0; reader.TryRead(out Record record); index++)
        {
            string? error = null;
            if (rules.RequiresKeys && record.KeyIsNull)
            {
                error = "Compacted topic cannot accept message without key.";
            }
            else if (CheckTimestamp(batch, record, rules, nowMs) is { } wrong)
            {
                error = wrong;
                timestampsAreWrong |= errors is null;
            }
            if (error is not null && (errors is null || errors.Count < RecordErrorsMax))
                (errors ??= []).Add(new ProduceResponse.BatchIndexAndErrorMessage { BatchIndex = index, BatchIndexErrorMessage = error });
        }
        if (errors is null) return null;
        return timestampsAreWrong
            ? new BatchRefusal(ErrorCode.InvalidTimestamp, "One or more records have been rejected due to invalid timestamp", errors)
            : new BatchRefusal(ErrorCode.InvalidRecord, $"One or more records have been rejected due to {errors.Count} record errors", errors);
    }

    /// <summary>In 128 bits, as a client may send any timestamp and a bound may be the largest number.</summary>
    private static bool IsInTime(long timestamp, AppendRules rules, long nowMs)
    {
        Int128 age = (Int128)nowMs - timestamp;
        return age <= rules.TimestampBeforeMaxMs && -age <= rules.TimestampAfterMaxMs;
    }

    private static string? CheckTimestamp(in RecordBatch batch, in Record record, AppendRules rules, long nowMs)
    {
        bool appendTime = batch.TimestampType == TimestampType.LogAppendTime;
        long timestamp = appendTime ? batch.MaxTimestamp : batch.BaseTimestamp + record.TimestampDelta;
        if (rules.TimestampType == TimestampType.CreateTime && timestamp != -1)
        {
            if (IsInTime(timestamp, rules, nowMs)) return null;
            return $"Timestamp {timestamp} of message with offset {record.OffsetDelta} is out of range. The timestamp should be within " +
                $"[{(Int128)nowMs - rules.TimestampBeforeMaxMs}, {(Int128)nowMs + rules.TimestampAfterMaxMs}]";
        }
        return appendTime ? "Invalid timestamp type: a producer should not set the timestamp type to LogAppendTime." : null;
    }

    /// <summary>One batch of magic 2, as each version of Produce that is still spoken demands; what follows it is as for Kafka's iterator of batches.</summary>
    private static BatchRefusal? CheckForm(ReadOnlySpan<byte> records, short version)
    {
        if (NextBatch(records, out int size) is { } corrupt) return corrupt;
        if (size == 0) return Malformed($"Produce version {version} needs a record batch for each partition; the {records.Length} bytes hold no whole one");
        if (records[MagicAt] != RecordBatch.CurrentMagic) return Malformed($"Produce version {version} takes record batches of magic 2 only, not {records[MagicAt]}");
        if (size < RecordBatch.HeaderSize) return Corrupt($"a batch of {size} bytes has no room for its header");
        if (version < 7 && new RecordBatch(records).Codec == CompressionCodec.Zstd)
            return new BatchRefusal(ErrorCode.UnsupportedCompressionType, $"zstd needs Produce version 7 or later, this is version {version}") { TellsLogStart = false };
        if (NextBatch(records[size..], out int second) is { } corruptTail) return corruptTail;
        return second > 0 ? Malformed($"Produce version {version} must have exactly one record batch for each partition") : null;
    }

    /// <summary>How long the batch at the beginning is; 0 when it is not all there, which is no error.</summary>
    private static BatchRefusal? NextBatch(ReadOnlySpan<byte> bytes, out int size)
    {
        size = 0;
        if (bytes.Length < RecordBatch.LengthOverhead) return null;
        int length = BinaryPrimitives.ReadInt32BigEndian(bytes[LengthAt..]);
        if (length < OldestRecordSizeMin) return Corrupt($"a batch cannot have the length {length}");
        if (bytes.Length <= MagicAt) return null;
        if (bytes[MagicAt] > RecordBatch.CurrentMagic) return Corrupt($"no record batch has magic {bytes[MagicAt]}");
        if (length <= bytes.Length - RecordBatch.LengthOverhead) size = length + RecordBatch.LengthOverhead;
        return null;
    }

    private static BatchRefusal Corrupt(string message) => new(ErrorCode.CorruptMessage, message) { TellsLogStart = false };

    private static BatchRefusal Malformed(string message) => new(ErrorCode.InvalidRecord, message) { TellsLogStart = false };

    private static BatchRefusal Invalid(string message) => new(ErrorCode.InvalidRecord, message);
}
