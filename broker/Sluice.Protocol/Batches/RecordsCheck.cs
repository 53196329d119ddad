namespace Sluice.Protocol.Batches;

/// <summary>Checks the records of a client's batch against its header, as a broker must before it stores a batch it will never look into again.</summary>
public static class RecordsCheck
{
    /// <summary>Checks that the records parse, that their offsets are consecutive and that the max timestamp is right.</summary>
    /// <param name="batch">A batch that passed <see cref="RecordBatch.ValidateFromClient"/>.</param>
    /// <param name="body">Its body, decompressed.</param>
    /// <param name="requireKeys">Whether the topic is compacted, so that every record needs a key.</param>
    public static BatchError Check(in RecordBatch batch, ReadOnlySpan<byte> body, bool requireKeys)
    {
        var reader = new RecordReader(body, batch.RecordCount);
        long maxTimestamp = long.MinValue;
        int expectedDelta = 0;
        while (reader.TryRead(out Record record))
        {
            if (record.OffsetDelta != expectedDelta++)
                return BatchError.BadOffsetDelta;
            if (requireKeys && record.KeyIsNull)
                return BatchError.MissingKey;
            maxTimestamp = Math.Max(maxTimestamp, batch.BaseTimestamp + record.TimestampDelta);
        }
        if (reader.Error != BatchError.None)
            return reader.Error;
        return batch.TimestampType == TimestampType.CreateTime && maxTimestamp != batch.MaxTimestamp
            ? BatchError.BadMaxTimestamp
            : BatchError.None;
    }
}
