using Sluice.Protocol;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Segments;

/// <summary>A segment's open <c>.log</c>, kept open by the cache of open files and by each response that still sends from it.</summary>
internal sealed class LogFile(IDiskFile file) : IRecordsFile
{
    private int _references = 1;

    public IDiskFile File { get; } = file;

    public int Descriptor => File.Descriptor;

    public void Read(long position, Span<byte> destination) => File.ReadExactly(position, destination);

    public void Retain()
    {
        ObjectDisposedException.ThrowIf(Interlocked.Increment(ref _references) <= 1, this);
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            File.Dispose();
    }
}
