using System.Text;
using Sluice.Protocol.Batches;

namespace Sluice.Client.Consuming;

/// <summary>A record that was read. A view of the memory it was received in: see <see cref="ConsumedRecords"/> for how long that stays.</summary>
public readonly struct ConsumedRecord
{
    private readonly byte[] _bytes;
    private readonly int _keyAt;
    private readonly int _keyLength;
    private readonly int _valueAt;
    private readonly int _valueLength;
    private readonly int _headersAt;
    private readonly int _headerCount;

    internal ConsumedRecord(byte[] bytes, long offset, long timestampMs, in RecordPlaces places)
    {
        _bytes = bytes;
        Offset = offset;
        TimestampMs = timestampMs;
        _keyAt = places.KeyAt;
        _keyLength = places.KeyLength;
        _valueAt = places.ValueAt;
        _valueLength = places.ValueLength;
        _headersAt = places.HeadersAt;
        _headerCount = places.HeaderCount;
    }

    /// <summary>The record's place in its partition.</summary>
    public long Offset { get; }

    /// <summary>Milliseconds since 1970, the producer's or the broker's by the topic's <c>message.timestamp.type</c>; -1 for none.</summary>
    public long TimestampMs { get; }

    /// <summary>Whether there is no key.</summary>
    public bool KeyIsNull => _keyLength < 0;

    /// <summary>Whether there is no value.</summary>
    public bool ValueIsNull => _valueLength < 0;

    /// <summary>The key; empty also when there is none.</summary>
    public ReadOnlyMemory<byte> Key => _keyLength < 0 ? default : _bytes.AsMemory(_keyAt, _keyLength);

    /// <summary>The value; empty also when there is none.</summary>
    public ReadOnlyMemory<byte> Value => _valueLength < 0 ? default : _bytes.AsMemory(_valueAt, _valueLength);

    /// <summary>How many headers there are.</summary>
    public int HeaderCount => _headerCount;

    /// <summary>Copies the headers out.</summary>
    public RecordHeader[] ReadHeaders()
    {
        var headers = new RecordHeader[_headerCount];
        int at = _headersAt;
        for (int i = 0; i < headers.Length; i++)
        {
            // The decoder walked through these bytes already, so nothing here can fail.
            RecordDecoder.TryReadLength(_bytes, ref at, _bytes.Length, out int keyLength);
            string key = Encoding.UTF8.GetString(_bytes, at, keyLength);
            at += keyLength;
            RecordDecoder.TryReadLength(_bytes, ref at, _bytes.Length, out int valueLength);
            headers[i] = new RecordHeader(key, valueLength < 0 ? default(ReadOnlyMemory<byte>?) : _bytes.AsSpan(at, valueLength).ToArray());
            at += Math.Max(0, valueLength);
        }

        return headers;
    }
}

/// <summary>Where the parts of a record lie in its bytes; a length of -1 means null.</summary>
internal struct RecordPlaces
{
    public int KeyAt;
    public int KeyLength;
    public int ValueAt;
    public int ValueLength;
    public int HeadersAt;
    public int HeaderCount;
}
