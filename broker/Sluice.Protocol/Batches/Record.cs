namespace Sluice.Protocol.Batches;

/// <summary>A view of one record inside a decompressed batch body.</summary>
public readonly ref struct Record
{
    private readonly bool _hasKey;
    private readonly bool _hasValue;
    private readonly ReadOnlySpan<byte> _headers;

    internal Record(long timestampDelta, int offsetDelta, ReadOnlySpan<byte> key, bool hasKey, ReadOnlySpan<byte> value, bool hasValue,
        int headerCount, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> content)
    {
        Content = content;
        TimestampDelta = timestampDelta;
        OffsetDelta = offsetDelta;
        Key = key;
        Value = value;
        HeaderCount = headerCount;
        _hasKey = hasKey;
        _hasValue = hasValue;
        _headers = headers;
    }

    /// <summary>Milliseconds after the batch's base timestamp.</summary>
    public long TimestampDelta { get; }

    /// <summary>Offset minus the batch's base offset.</summary>
    public int OffsetDelta { get; }

    /// <summary>The key; empty also when there is none.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>Whether there is no key.</summary>
    public bool KeyIsNull => !_hasKey;

    /// <summary>The value; empty also when there is none.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Whether there is no value: a tombstone in a compacted topic.</summary>
    public bool ValueIsNull => !_hasValue;

    /// <summary>Key, value and headers as they are stored, with their lengths: all that does not change when offsets and timestamps do.</summary>
    internal ReadOnlySpan<byte> Content { get; }

    /// <summary>Number of headers.</summary>
    public int HeaderCount { get; }

    /// <summary>Copies the headers out.</summary>
    public RecordHeader[] ReadHeaders()
    {
        var headers = new RecordHeader[HeaderCount];
        int at = 0;
        for (int i = 0; i < headers.Length; i++)
        {
            // RecordReader walked through these bytes already, so nothing here can fail.
            VarInt.TryRead(_headers, ref at, out int keyLength);
            string key = System.Text.Encoding.UTF8.GetString(_headers.Slice(at, keyLength));
            at += keyLength;
            VarInt.TryRead(_headers, ref at, out int valueLength);
            headers[i] = new RecordHeader(key, valueLength < 0 ? (ReadOnlyMemory<byte>?)null : _headers.Slice(at, valueLength).ToArray());
            at += Math.Max(0, valueLength);
        }
        return headers;
    }
}
