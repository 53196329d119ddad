namespace Sluice.Protocol;

/// <summary>The content of a message's <c>records</c> field: null, bytes in memory, or a region of a file that is sent as it is.</summary>
/// <remarks>A file region holds one <see cref="IRecordsFile.Retain"/> that whoever consumes the value gives back with <see cref="Release"/>.</remarks>
public readonly struct Records
{
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly bool _present;

    /// <summary>Records in memory; the memory must stay unchanged while the value is used.</summary>
    public Records(ReadOnlyMemory<byte> memory)
    {
        _memory = memory;
        _present = true;
        Length = memory.Length;
    }

    /// <summary>A region of a file, retained by the caller.</summary>
    public Records(IRecordsFile file, long position, int length)
    {
        File = file;
        Position = position;
        Length = length;
        _present = true;
    }

    /// <summary>The null value of a nullable field.</summary>
    public static Records Null => default;

    /// <summary>No bytes, yet not null.</summary>
    public static Records Empty => new(ReadOnlyMemory<byte>.Empty);

    /// <summary>Whether the field is null.</summary>
    public bool IsNull => !_present;

    /// <summary>Whether the records are a region of a file.</summary>
    public bool IsFile => File is not null;

    /// <summary>Bytes; 0 for null.</summary>
    public int Length { get; }

    /// <summary>The file, or null.</summary>
    public IRecordsFile? File { get; }

    /// <summary>Position of the region in the file.</summary>
    public long Position { get; }

    /// <summary>The bytes in memory; empty for a file region.</summary>
    public ReadOnlyMemory<byte> Memory => _memory;

    /// <summary>Copies the bytes, out of memory or out of the file.</summary>
    public void CopyTo(Span<byte> destination)
    {
        if (File is { } file)
            file.Read(Position, destination[..Length]);
        else
            _memory.Span.CopyTo(destination);
    }

    /// <summary>All bytes, copied; the file is read where they lie in one.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Gives the file region back; does nothing for memory and null.</summary>
    public void Release() => File?.Release();
}
