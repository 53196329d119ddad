namespace Sluice.Storage.Disk;

/// <summary>An open file. Positions are absolute; there is no file pointer.</summary>
/// <remarks>
/// Reads, writes and flushes may run at the same time on different threads; disposal may not overlap any of them.
/// After a failed write any part of the bytes may be in the file.
/// </remarks>
public interface IDiskFile : IDisposable
{
    /// <summary>The path that the file was opened with; a rename does not change it.</summary>
    string Path { get; }

    /// <summary>The operating system's descriptor, or -1 on a simulated disk.</summary>
    int Descriptor { get; }

    /// <summary>Length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads from <paramref name="position"/>; returns less than asked for only at the end of the file.</summary>
    int Read(long position, Span<byte> destination);

    /// <summary>Whether a range can be read without waiting for the device; true where that cannot be told.</summary>
    bool IsCached(long position, long length) => true;

    /// <summary>Brings a range into memory, as far as the file goes, so that a later read of it does not wait. Blocks.</summary>
    void Prefetch(long position, long length)
    {
    }

    /// <summary>Writes all bytes at <paramref name="position"/>; the file grows as needed.</summary>
    void Write(long position, ReadOnlySpan<byte> source);

    /// <summary>Writes the parts one after the other at <paramref name="position"/>, as one operation where the system can.</summary>
    void Write(long position, ReadOnlySpan<ReadOnlyMemory<byte>> parts);

    /// <summary>Cuts the file or extends it with zeros that take no room.</summary>
    void SetLength(long length);

    /// <summary>Extends the file to at least <paramref name="length"/> with zeros that do take room, so that later writes there cannot find the disk full.</summary>
    void Reserve(long length);

    /// <summary>Makes content and length durable, including what was written through a map. After a failure nothing written before may be trusted to be on the disk.</summary>
    void Flush();

    /// <summary>
    /// Maps the first <paramref name="capacity"/> bytes. They may lie beyond the end of the file, but only bytes inside the
    /// file may be touched, and written only when <see cref="Reserve"/> covered them.
    /// </summary>
    IDiskMap Map(int capacity);
}
