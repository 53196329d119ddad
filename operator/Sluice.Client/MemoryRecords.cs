using Sluice.Protocol;

namespace Sluice.Client;

/// <summary>Records in memory that a frame refers to instead of copying them: they are sent from where they lie.</summary>
/// <remarks>The owner keeps the memory unchanged until the request is answered or its connection has let go of it.</remarks>
internal sealed class MemoryRecords(ReadOnlyMemory<byte> memory) : IRecordsFile
{
    public int Descriptor => -1;

    public ReadOnlyMemory<byte> Memory => memory;

    public static Records Of(ReadOnlyMemory<byte> memory) => new(new MemoryRecords(memory), 0, memory.Length);

    public void Read(long position, Span<byte> destination) => memory.Span.Slice((int)position, destination.Length).CopyTo(destination);

    public void Retain()
    {
        // Memory needs no descriptor kept open.
    }

    public void Release()
    {
        // See Retain.
    }
}
