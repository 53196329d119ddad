using Sluice.Storage.Disk;

namespace Simulation.Disks;

/// <summary>An open file of the simulated disk.</summary>
internal sealed class SimFile : IDiskFile
{
    private const int ColdReadsOneIn = 4;

    private readonly SimDisk _disk;
    private readonly SimFileNode _node;
    private readonly bool _writable;
    private readonly int _epoch;
    private bool _isDisposed;

    public SimFile(SimDisk disk, SimFileNode node, string path, bool writable)
    {
        _disk = disk;
        _node = node;
        _writable = writable;
        _epoch = disk.Epoch;
        Path = path;
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public int Descriptor => -1;

    /// <inheritdoc/>
    public long Length
    {
        get
        {
            CheckUse();
            return _node.Length;
        }
    }

    /// <inheritdoc/>
    public int Read(long position, Span<byte> destination)
    {
        CheckUse();
        if (_disk.Fails(_disk.Faults.ReadFails, Path)) throw Failed("read");
        int count = (int)Math.Clamp(_node.Length - position, 0, destination.Length);
        _node.Content.AsSpan((int)position, count).CopyTo(destination);
        return count;
    }

    /// <inheritdoc/>
    public bool IsCached(long position, long length)
    {
        CheckUse();
        // As with the page cache of a busy machine, anything may be gone at any time.
        return _disk.Random.Next(ColdReadsOneIn) != 0;
    }

    /// <inheritdoc/>
    public void Prefetch(long position, long length)
    {
        CheckUse();
        if (_disk.Fails(_disk.Faults.ReadFails, Path)) throw Failed("read");
    }

    /// <inheritdoc/>
    public void Write(long position, ReadOnlySpan<byte> source)
    {
        CheckWrite();
        if (_disk.Faults.Rewrites is { } rewrites) source = rewrites(Path, source.ToArray());
        _disk.Trace?.Invoke($"write {Path} {position} {source.Length}");
        _node.ModifiedMs = _disk.NowMs;
        if (_disk.Fails(_disk.Faults.WriteFails, Path))
        {
            _node.Write(position, source[.._disk.Random.Next(source.Length + 1)]);
            throw Failed("write");
        }
        long room = Room(position + source.Length);
        if (room < source.Length)
        {
            _node.Write(position, source[..(int)Math.Max(0, room)]);
            throw new DiskException(DiskErrorKind.NoSpace, Path, "the simulated disk is full");
        }
        _node.Write(position, source);
    }

    /// <inheritdoc/>
    public void Write(long position, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        var whole = new MemoryStream();
        foreach (ReadOnlyMemory<byte> part in parts) whole.Write(part.Span);
        Write(position, whole.GetBuffer().AsSpan(0, (int)whole.Length));
    }

    /// <inheritdoc/>
    public void SetLength(long length)
    {
        CheckWrite();
        if (_disk.Faults.CutIsForgotten && length < _node.Length && Path.EndsWith(".log", StringComparison.Ordinal)) return;
        _disk.Trace?.Invoke($"length {Path} {length}");
        _node.SetLength(length);
    }

    /// <inheritdoc/>
    public void Reserve(long length)
    {
        CheckWrite();
        if (length - _node.Allocated > _disk.Capacity - _disk.Used()) throw new DiskException(DiskErrorKind.NoSpace, Path, "the simulated disk is full");
        _disk.Trace?.Invoke($"reserve {Path} {length}");
        _node.Reserve(length);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // As on Linux, a file that was opened for reading can be flushed.
        CheckUse();
        _disk.CountDown();
        _disk.Trace?.Invoke($"flush {Path}");
        if (_disk.Faults.FlushIsForgotten(Path)) return;
        if (_disk.Fails(_disk.Faults.FlushFails, Path))
        {
            _node.FailFlush(_disk.Random);
            if (_disk.Faults.FlushFailureIsHidden) return;
            throw Failed("fsync");
        }
        _node.Flush();
    }

    /// <inheritdoc/>
    public IDiskMap Map(int capacity)
    {
        CheckUse();
        _node.Grow(capacity);
        _node.Maps++;
        _disk.OpenMaps++;
        return new SimMap(_disk, _node, capacity);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _disk.Closed(this);
    }

    /// <summary>How many of the bytes up to <paramref name="end"/> fit on the disk, counted from the last that has room already.</summary>
    private long Room(long end)
    {
        long missing = end - _node.Allocated;
        if (missing <= 0) return long.MaxValue;
        long free = _disk.Capacity - _disk.Used();
        return free >= missing ? long.MaxValue : Math.Max(0, free);
    }

    private void CheckUse()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_epoch != _disk.Epoch) throw new InvalidOperationException($"{Path} was opened before the crash and is used after it");
    }

    private void CheckWrite()
    {
        CheckUse();
        if (!_writable) throw new DiskException(DiskErrorKind.PermissionDenied, Path, "opened for reading");
        _disk.CountDown();
    }

    private DiskException Failed(string operation) => new(DiskErrorKind.InputOutput, Path, $"the simulated {operation} failed");
}

/// <summary>A map of a simulated file: its page cache itself.</summary>
internal sealed class SimMap(SimDisk disk, SimFileNode node, int capacity) : IDiskMap
{
    private readonly int _epoch = disk.Epoch;
    private bool _isDisposed;

    /// <inheritdoc/>
    public Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return node.Content.AsSpan(0, capacity);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (disk.Epoch != _epoch) return;
        node.Unmapped();
        disk.OpenMaps--;
    }
}
