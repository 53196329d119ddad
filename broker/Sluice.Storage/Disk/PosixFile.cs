using System.Buffers;

namespace Sluice.Storage.Disk;

/// <summary>A file of <see cref="FileDisk"/>.</summary>
internal sealed unsafe class PosixFile(string path, int descriptor, bool writable) : IDiskFile
{
    private const int SeekEnd = 2;
    private int _descriptor = descriptor;

    ~PosixFile() => Close();

    public string Path { get; } = path;

    public int Descriptor => _descriptor;

    public long Length
    {
        get
        {
            long length = Libc.Seek(_descriptor, 0, SeekEnd);
            return length >= 0 ? length : throw Libc.LastError(Path, "seek");
        }
    }

    public int Read(long position, Span<byte> destination)
    {
        int done = 0;
        fixed (byte* target = destination)
        {
            while (done < destination.Length)
            {
                nint read = Libc.Read(_descriptor, target + done, destination.Length - done, position + done);
                if (read == 0)
                    break;
                if (read > 0)
                    done += (int)read;
                else if (!Libc.WasInterrupted)
                    throw Libc.LastError(Path, $"read of {destination.Length} bytes at {position}");
            }
        }
        return done;
    }

    public bool IsCached(long position, long length) => PageCache.Holds(_descriptor, position, length);

    public void Prefetch(long position, long length) => PageCache.Read(this, position, length);

    public void Write(long position, ReadOnlySpan<byte> source)
    {
        fixed (byte* from = source)
        {
            int done = 0;
            while (done < source.Length)
            {
                nint written = Libc.Write(_descriptor, from + done, source.Length - done, position + done);
                if (written >= 0)
                    done += (int)written;
                else if (!Libc.WasInterrupted)
                    throw Libc.LastError(Path, $"write of {source.Length} bytes at {position}");
            }
        }
    }

    public void Write(long position, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        while (!parts.IsEmpty)
        {
            ReadOnlySpan<ReadOnlyMemory<byte>> group = parts[..Math.Min(parts.Length, Libc.VectorsMax)];
            long size = 0;
            foreach (ReadOnlyMemory<byte> part in group)
                size += part.Length;
            long written = WriteVectors(position, group);
            // The kernel may take a part only; finish such a group piece by piece.
            if (written < size)
                WriteRest(position, group, written);
            position += size;
            parts = parts[group.Length..];
        }
    }

    public void SetLength(long length)
    {
        if (Libc.Truncate(_descriptor, length) != 0)
            throw Libc.LastError(Path, $"truncate to {length} bytes");
    }

    public void Reserve(long length)
    {
        long present = Length;
        if (length <= present)
            return;
        while (Libc.Allocate(_descriptor, 0, present, length - present) != 0)
        {
            int error = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
            if (error == Libc.Interrupted)
                continue;
            if (error is not (Libc.NotSupported or Libc.NotImplemented))
                throw Libc.LastError(Path, $"reservation of {length} bytes");
            WriteZeros(present, length);
            return;
        }
    }

    public void Flush()
    {
        while (Libc.SyncData(_descriptor) != 0)
        {
            if (!Libc.WasInterrupted)
                throw Libc.LastError(Path, "fdatasync");
        }
    }

    public IDiskMap Map(int capacity) => PosixMap.Create(Path, _descriptor, capacity, writable);

    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private long WriteVectors(long position, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        MemoryHandle[] pins = ArrayPool<MemoryHandle>.Shared.Rent(parts.Length);
        Libc.Vector* vectors = stackalloc Libc.Vector[parts.Length];
        int pinned = 0;
        try
        {
            for (; pinned < parts.Length; pinned++)
            {
                pins[pinned] = parts[pinned].Pin();
                vectors[pinned] = new Libc.Vector { Base = (byte*)pins[pinned].Pointer, Length = (nuint)parts[pinned].Length };
            }
            while (true)
            {
                nint written = Libc.Write(_descriptor, vectors, parts.Length, position);
                if (written >= 0)
                    return written;
                if (!Libc.WasInterrupted)
                    throw Libc.LastError(Path, $"write of {parts.Length} parts at {position}");
            }
        }
        finally
        {
            for (int i = 0; i < pinned; i++)
                pins[i].Dispose();
            ArrayPool<MemoryHandle>.Shared.Return(pins, clearArray: true);
        }
    }

    private void WriteRest(long position, ReadOnlySpan<ReadOnlyMemory<byte>> parts, long written)
    {
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            int done = (int)Math.Min(written, part.Length);
            if (done < part.Length)
                Write(position + done, part.Span[done..]);
            written -= done;
            position += part.Length;
        }
    }

    private void WriteZeros(long from, long to)
    {
        byte[] zeros = new byte[(int)Math.Min(64 * 1024, to - from)];
        for (long at = from; at < to; at += zeros.Length)
            Write(at, zeros.AsSpan(0, (int)Math.Min(zeros.Length, to - at)));
    }

    private void Close()
    {
        int open = Interlocked.Exchange(ref _descriptor, -1);
        if (open >= 0)
            _ = Libc.Close(open);
    }
}
