namespace Sluice.Storage.Disk;

/// <summary>A file seen as memory. What is written to <see cref="Bytes"/> is in the file; <see cref="IDiskFile.Flush"/> makes it durable.</summary>
public interface IDiskMap : IDisposable
{
    /// <summary>The mapped bytes; not to be used after disposal.</summary>
    Span<byte> Bytes { get; }
}
