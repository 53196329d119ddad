using Sluice.Storage.Disk;

namespace Support.Disks;

/// <summary>
/// A real file some of whose operations a test replaces. Its bytes count as cached unless the test says otherwise, so that nothing depends
/// on what the machine's page cache holds.
/// </summary>
internal abstract class WrappedFile(IDiskFile file) : IDiskFile
{
    public string Path => file.Path;

    public int Descriptor => file.Descriptor;

    public long Length => file.Length;

    public virtual bool IsCached(long position, long length) => true;

    public virtual void Prefetch(long position, long length) => file.Prefetch(position, length);

    public virtual int Read(long position, Span<byte> destination) => file.Read(position, destination);

    public virtual void Write(long position, ReadOnlySpan<byte> source) => file.Write(position, source);

    public virtual void Write(long position, ReadOnlySpan<ReadOnlyMemory<byte>> parts) => file.Write(position, parts);

    public void SetLength(long length) => file.SetLength(length);

    public void Reserve(long length) => file.Reserve(length);

    public virtual void Flush() => file.Flush();

    public IDiskMap Map(int capacity) => file.Map(capacity);

    public void Dispose() => file.Dispose();
}
