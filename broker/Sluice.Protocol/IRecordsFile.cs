namespace Sluice.Protocol;

/// <summary>A file of records that can be sent to a socket without passing through this process's memory.</summary>
/// <remarks>Every member may be called from any thread. The file stays open from <see cref="Retain"/> to the matching <see cref="Release"/>.</remarks>
public interface IRecordsFile
{
    /// <summary>The operating system's file descriptor, for sendfile; -1 when there is none (a simulated disk).</summary>
    int Descriptor { get; }

    /// <summary>Reads exactly <paramref name="destination"/>.Length bytes.</summary>
    /// <exception cref="IOException">The bytes cannot be read, or the file ends before them.</exception>
    void Read(long position, Span<byte> destination);

    /// <summary>Keeps the file open until one more <see cref="Release"/>.</summary>
    void Retain();

    /// <summary>Takes back one <see cref="Retain"/>.</summary>
    void Release();
}
