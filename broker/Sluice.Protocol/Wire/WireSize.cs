using System.Text;

namespace Sluice.Protocol.Wire;

/// <summary>Adds up the exact size of an encoding, and refuses what cannot be encoded, naming the field.</summary>
public struct WireSize
{
    private const int StringLengthMax = short.MaxValue;

    private long _bytes;
    private long _splicedBytes;
    private int _spliceCount;

    /// <summary>All bytes on the wire.</summary>
    /// <exception cref="MessageFieldException">They are more than a frame can have.</exception>
    public readonly int Total => _bytes <= int.MaxValue ? (int)_bytes : throw WireError.TooLong("the message", _bytes, int.MaxValue);

    /// <summary>Those of <see cref="Total"/> that lie in files and need no room in the buffer.</summary>
    public readonly int Spliced => (int)Math.Min(_splicedBytes, int.MaxValue);

    /// <summary>How many records lie in files.</summary>
    public readonly int SpliceCount => _spliceCount;

    /// <summary>Adds bytes.</summary>
    public void Add(int bytes) => _bytes += bytes;

    /// <summary>Adds a variable-length number.</summary>
    public void AddUnsignedVarint(int value) => _bytes += Varint.Size((uint)value);

    /// <summary>Adds a tagged field: tag, size and what was measured of it.</summary>
    public void AddTag(int tag, WireSize field)
    {
        AddUnsignedVarint(tag);
        AddUnsignedVarint(field.Total);
        _bytes += field._bytes;
        _splicedBytes += field._splicedBytes;
        _spliceCount += field._spliceCount;
    }

    /// <summary>Adds a text and its length.</summary>
    public void AddString(string? text, bool compact, bool nullAllowed, string field)
    {
        if (text is null)
        {
            if (!nullAllowed) throw WireError.Null(field);
            _bytes += compact ? 1 : 2;
            return;
        }
        int length = Encoding.UTF8.GetByteCount(text);
        if (length > StringLengthMax) throw WireError.TooLong(field, length, StringLengthMax);
        _bytes += length + (compact ? Varint.Size((uint)length + 1) : 2);
    }

    /// <summary>Adds bytes and their length.</summary>
    public void AddBytes(ReadOnlyMemory<byte>? bytes, bool compact, bool nullAllowed, string field) =>
        AddBlock(bytes?.Length ?? -1, compact, nullAllowed, field);

    /// <summary>Adds record batches and their length.</summary>
    public void AddRecords(Records records, bool compact, bool nullAllowed, string field)
    {
        AddBlock(records.IsNull ? -1 : records.Length, compact, nullAllowed, field);
        if (!records.IsFile) return;
        _splicedBytes += records.Length;
        _spliceCount++;
    }

    /// <summary>Adds the count of an array.</summary>
    public void AddArrayCount<T>(List<T>? list, bool compact, bool nullAllowed, string field)
    {
        if (list is null && !nullAllowed) throw WireError.Null(field);
        _bytes += compact ? Varint.Size((uint)((list?.Count ?? -1) + 1)) : sizeof(int);
    }

    /// <summary>Adds an array of elements of one width.</summary>
    public void AddFixedList<T>(List<T>? list, int width, bool compact, bool nullAllowed, string field)
    {
        AddArrayCount(list, compact, nullAllowed, field);
        if (list is not null) _bytes += (long)list.Count * width;
    }

    /// <summary>Adds an array of texts.</summary>
    public void AddStringList(List<string>? list, bool compact, bool nullAllowed, string field)
    {
        AddArrayCount(list, compact, nullAllowed, field);
        if (list is null) return;
        foreach (string text in list) AddString(text, compact, nullAllowed: false, field);
    }

    private void AddBlock(int length, bool compact, bool nullAllowed, string field)
    {
        if (length < 0 && !nullAllowed) throw WireError.Null(field);
        _bytes += Math.Max(length, 0) + (compact ? Varint.Size((uint)(length + 1)) : sizeof(int));
    }
}
