namespace Sluice.Protocol.Batches;

/// <summary>What a broker must know of a batch's records before it stores them, found in one pass over their lengths and deltas; keys and values are stepped over.</summary>
/// <param name="MinTimestamp">Least timestamp of the records, in milliseconds since 1970.</param>
/// <param name="MaxTimestamp">Greatest timestamp of the records.</param>
/// <param name="HasNullKey">Whether a record has no key.</param>
/// <param name="Misplaced">Index of the first record whose offset delta is not its index; -1 when there is none.</param>
public readonly record struct RecordSurvey(long MinTimestamp, long MaxTimestamp, bool HasNullKey, int Misplaced)
{
    /// <summary>Looks through a decompressed body.</summary>
    /// <param name="body">The records and nothing after them.</param>
    /// <param name="count">How many the batch's header says there are.</param>
    /// <param name="baseTimestamp">What the records' deltas are added to.</param>
    /// <param name="survey">What was found.</param>
    /// <returns><see cref="BatchError.MalformedRecord"/> when the bytes are not exactly <paramref name="count"/> records.</returns>
    public static BatchError TryMake(ReadOnlySpan<byte> body, int count, long baseTimestamp, out RecordSurvey survey)
    {
        long min = long.MaxValue, max = long.MinValue;
        int misplaced = -1, at = 0;
        bool hasNullKey = false;
        survey = default;
        for (int i = 0; i < count; i++)
        {
            if (!TryRead(body, ref at, out int length) || length < RecordReader.RecordSizeMin - 1 || length > body.Length - at) return BatchError.MalformedRecord;
            ReadOnlySpan<byte> record = body.Slice(at, length);
            at += length;
            int field = 1;
            if (!VarInt.TryRead(record, ref field, out long timestampDelta) || !TryRead(record, ref field, out int offsetDelta)
                || !TryRead(record, ref field, out int keyLength) || !TrySkip(record, ref field, keyLength) || !TrySkipRest(record, field))
            {
                return BatchError.MalformedRecord;
            }
            // Wraps around at the bounds, as every reader of the record does.
            long timestamp = unchecked(baseTimestamp + timestampDelta);
            min = Math.Min(min, timestamp);
            max = Math.Max(max, timestamp);
            hasNullKey |= keyLength < 0;
            if (offsetDelta != i && misplaced < 0) misplaced = i;
        }
        if (at != body.Length) return BatchError.MalformedRecord;
        survey = new RecordSurvey(min, max, hasNullKey, misplaced);
        return BatchError.None;
    }

    /// <summary>Steps over value and headers, which must end where the record does.</summary>
    private static bool TrySkipRest(ReadOnlySpan<byte> record, int at)
    {
        if (!TryRead(record, ref at, out int valueLength) || !TrySkip(record, ref at, valueLength) || !TryRead(record, ref at, out int headers)) return false;
        // A header takes two bytes at least.
        if (headers < 0 || headers > (record.Length - at) / 2) return false;
        for (int i = 0; i < headers; i++)
        {
            if (!TryRead(record, ref at, out int length) || length < 0 || !TrySkip(record, ref at, length)
                || !TryRead(record, ref at, out length) || !TrySkip(record, ref at, length))
            {
                return false;
            }
        }
        return at == record.Length;
    }

    private static bool TrySkip(ReadOnlySpan<byte> record, ref int at, int length)
    {
        if (length < -1 || length > record.Length - at) return false;
        at += Math.Max(0, length);
        return true;
    }

    /// <summary>Most of the numbers take one byte.</summary>
    private static bool TryRead(ReadOnlySpan<byte> bytes, ref int at, out int value)
    {
        if ((uint)at < (uint)bytes.Length && bytes[at] < 0x80)
        {
            uint bits = bytes[at++];
            value = (int)(bits >> 1) ^ -(int)(bits & 1);
            return true;
        }
        return VarInt.TryRead(bytes, ref at, out value);
    }
}
