namespace Sluice.Protocol.Batches;

/// <summary>Reads the records of a batch's body after decompression, one after the other, without copying.</summary>
public ref struct RecordReader
{
    /// <summary>A record's least size: length, attributes, two deltas, two lengths and the header count of one byte each.</summary>
    internal const int RecordSizeMin = 7;

    /// <summary>A header's least size: length of an empty key and of no value.</summary>
    private const int HeaderSizeMin = 2;

    private readonly ReadOnlySpan<byte> _body;
    private int _at;
    private int _left;

    /// <summary>Reads <paramref name="count"/> records from <paramref name="body"/>, which must end with the last one.</summary>
    public RecordReader(ReadOnlySpan<byte> body, int count)
    {
        _body = body;
        _left = count;
    }

    /// <summary><see cref="BatchError.MalformedRecord"/> once the bytes turned out not to be <c>count</c> records.</summary>
    public BatchError Error { get; private set; }

    /// <summary>Steps to the next record. False at the end and at damaged bytes, see <see cref="Error"/>.</summary>
    public bool TryRead(out Record record)
    {
        record = default;
        if (Error != BatchError.None)
            return false;
        if (_left == 0)
        {
            if (_at != _body.Length)
                Error = BatchError.MalformedRecord;
            return false;
        }
        if (VarInt.TryRead(_body, ref _at, out int length) && length >= RecordSizeMin - 1 && length <= _body.Length - _at
            && TryParse(_body.Slice(_at, length), out record))
        {
            _at += length;
            _left--;
            return true;
        }
        Error = BatchError.MalformedRecord;
        return false;
    }

    private static bool TryParse(ReadOnlySpan<byte> bytes, out Record record)
    {
        record = default;
        int at = 1; // The attributes byte has no meaning yet.
        if (!VarInt.TryRead(bytes, ref at, out long timestampDelta) || !VarInt.TryRead(bytes, ref at, out int offsetDelta))
            return false;
        int contentAt = at;
        if (!TryReadBytes(bytes, ref at, out ReadOnlySpan<byte> key, out bool hasKey)
            || !TryReadBytes(bytes, ref at, out ReadOnlySpan<byte> value, out bool hasValue)
            || !VarInt.TryRead(bytes, ref at, out int headerCount)
            || headerCount < 0 || headerCount > (bytes.Length - at) / HeaderSizeMin)
            return false;
        int headersAt = at;
        for (int i = 0; i < headerCount; i++)
        {
            if (!TryReadBytes(bytes, ref at, out _, out bool hasHeaderKey) || !hasHeaderKey || !TryReadBytes(bytes, ref at, out _, out _))
                return false;
        }
        record = new Record(timestampDelta, offsetDelta, key, hasKey, value, hasValue, headerCount, bytes[headersAt..], bytes[contentAt..]);
        return at == bytes.Length;
    }

    private static bool TryReadBytes(ReadOnlySpan<byte> bytes, scoped ref int at, out ReadOnlySpan<byte> value, out bool present)
    {
        value = default;
        present = false;
        if (!VarInt.TryRead(bytes, ref at, out int length) || length < -1 || length > bytes.Length - at)
            return false;
        present = length >= 0;
        if (present)
        {
            value = bytes.Slice(at, length);
            at += length;
        }
        return true;
    }
}
