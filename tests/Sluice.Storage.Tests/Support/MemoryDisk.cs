using Sluice.Storage.Disk;

namespace Sluice.Storage.Tests.Support;

/// <summary>A disk in memory that forgets at a crash what was not flushed, and fails on demand.</summary>
internal sealed class MemoryDisk : IDisk
{
    private Dictionary<string, Node> _names = new(StringComparer.Ordinal);
    private Dictionary<string, Node> _durableNames = new(StringComparer.Ordinal);
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);

    /// <summary>Asked before each operation; throws to make it fail. Operation names: open, write, flush, map, reserve, truncate, delete, rename, sync.</summary>
    public Action<string, string> Fault { get; set; } = static (_, _) => { };

    /// <summary>Bytes that writes may still bring before the disk fails them, the last one half-way.</summary>
    public long BytesLeft { get; set; } = long.MaxValue;

    /// <summary>How writes fail once <see cref="BytesLeft"/> is used up.</summary>
    public DiskErrorKind FullKind { get; set; } = DiskErrorKind.NoSpace;

    public int OpenFiles { get; private set; }

    public int WriteCalls { get; private set; }

    public long NowMs { get; set; }

    /// <summary>The disk after a power cut: only what was flushed, and of the rest as much as <paramref name="keepUnflushed"/> says.</summary>
    /// <param name="keepUnflushed">For a file and its unflushed length, how much of it survives; null for none.</param>
    public MemoryDisk Crash(Func<string, long, long>? keepUnflushed = null)
    {
        var after = new MemoryDisk { NowMs = NowMs };
        after._directories.UnionWith(_directories);
        foreach ((string path, Node node) in _durableNames)
        {
            byte[] content = node.Durable;
            if (keepUnflushed is not null)
                content = node.Buffer.AsSpan(0, (int)Math.Clamp(keepUnflushed(path, node.Length), Math.Min(node.Durable.Length, node.Length), node.Length)).ToArray();
            after._names[path] = after._durableNames[path] = new Node { Buffer = [.. content], Length = content.Length, Durable = content };
        }
        return after;
    }

    /// <summary>The disk as a killed process leaves it: the kernel keeps all that was written.</summary>
    public MemoryDisk Kill()
    {
        var after = new MemoryDisk { NowMs = NowMs };
        after._directories.UnionWith(_directories);
        foreach ((string path, Node node) in _names)
        {
            byte[] content = node.Buffer.AsSpan(0, (int)node.Length).ToArray();
            after._names[path] = after._durableNames[path] = new Node { Buffer = content, Length = content.Length, Durable = [.. content], ModifiedMs = node.ModifiedMs };
        }
        return after;
    }

    public byte[] Content(string path) => Find(path).Buffer.AsSpan(0, (int)Find(path).Length).ToArray();

    public void SetContent(string path, byte[] content) =>
        _names[path] = _durableNames[path] = new Node { Buffer = [.. content], Length = content.Length, Durable = content };

    public IDiskFile Open(string path, DiskAccess access)
    {
        Fault("open", path);
        if (!_names.TryGetValue(path, out Node? node))
        {
            if (access != DiskAccess.Create)
                throw new DiskException(DiskErrorKind.NotFound, path, "no such file");
            _names[path] = node = new Node { ModifiedMs = NowMs };
        }
        OpenFiles++;
        return new MemoryFile(this, path, node);
    }

    public bool FileExists(string path) => _names.ContainsKey(path);

    public bool DirectoryExists(string path) => _directories.Contains(path);

    public long FileLength(string path) => Find(path).Length;

    public long LastModifiedMs(string path) => Find(path).ModifiedMs;

    public void SetLastModifiedMs(string path, long ms)
    {
        Fault("utimens", path);
        Find(path).ModifiedMs = ms;
    }

    public IReadOnlyList<DiskEntry> List(string directory)
    {
        string prefix = directory + "/";
        var entries = _names.Where(entry => InDirectory(entry.Key, prefix)).Select(entry => new DiskEntry(entry.Key[prefix.Length..], false))
            .Concat(_directories.Where(path => InDirectory(path, prefix)).Select(path => new DiskEntry(path[prefix.Length..], true)));
        return [.. entries.OrderBy(entry => entry.Name, StringComparer.Ordinal)];
    }

    public void CreateDirectory(string path)
    {
        for (string at = path; at.Contains('/', StringComparison.Ordinal); at = at[..at.LastIndexOf('/')])
            _directories.Add(at);
        _directories.Add(path);
    }

    public void DeleteFile(string path)
    {
        Fault("delete", path);
        Find(path);
        _names.Remove(path);
    }

    public void DeleteDirectory(string path)
    {
        Fault("delete", path);
        foreach (string name in _names.Keys.Where(name => name.StartsWith(path + "/", StringComparison.Ordinal)).ToList())
            _names.Remove(name);
        _directories.Remove(path);
    }

    public void Rename(string source, string target)
    {
        Fault("rename", source);
        if (_directories.Remove(source))
        {
            _directories.Add(target);
            foreach (string name in _names.Keys.Where(name => name.StartsWith(source + "/", StringComparison.Ordinal)).ToList())
            {
                _names.Remove(name, out Node? moved);
                _names[target + name[source.Length..]] = moved!;
            }
            return;
        }
        Node node = Find(source);
        _names.Remove(source);
        _names[target] = node;
    }

    public void SyncDirectory(string path)
    {
        Fault("sync", path);
        string prefix = path + "/";
        foreach (string name in _durableNames.Keys.Where(name => InDirectory(name, prefix)).ToList())
            _durableNames.Remove(name);
        foreach ((string name, Node node) in _names)
        {
            if (InDirectory(name, prefix))
                _durableNames[name] = node;
        }
    }

    public bool TrySyncAll(string path)
    {
        Fault("sync all", path);
        _durableNames = new Dictionary<string, Node>(_names, StringComparer.Ordinal);
        foreach (Node node in _names.Values)
            node.Durable = node.Buffer.AsSpan(0, (int)node.Length).ToArray();
        return true;
    }

    public DiskSpace Space(string path) => new(long.MaxValue, BytesLeft);

    public IDisposable Lock(string path) => Open(path, DiskAccess.Create);

    private static bool InDirectory(string path, string prefix) =>
        path.StartsWith(prefix, StringComparison.Ordinal) && path.IndexOf('/', prefix.Length) < 0;

    private Node Find(string path) =>
        _names.TryGetValue(path, out Node? node) ? node : throw new DiskException(DiskErrorKind.NotFound, path, "no such file");

    private sealed class Node
    {
        public byte[] Buffer = [];
        public long Length;
        public byte[] Durable = [];
        public long ModifiedMs;

        public void Grow(long capacity)
        {
            if (capacity > Buffer.Length)
                Array.Resize(ref Buffer, (int)Math.Max(capacity, 2L * Buffer.Length));
        }
    }

    private sealed class MemoryFile(MemoryDisk disk, string path, Node node) : IDiskFile
    {
        private bool _open = true;

        public string Path { get; } = path;

        public int Descriptor => -1;

        public long Length => node.Length;

        public int Read(long position, Span<byte> destination)
        {
            CheckOpen();
            disk.Fault("read", Path);
            int count = (int)Math.Clamp(node.Length - position, 0, destination.Length);
            node.Buffer.AsSpan((int)Math.Min(position, node.Length), count).CopyTo(destination);
            return count;
        }

        public void Write(long position, ReadOnlySpan<byte> source)
        {
            CheckOpen();
            disk.WriteCalls++;
            disk.Fault("write", Path);
            Put(position, source);
        }

        public void Write(long position, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
        {
            CheckOpen();
            disk.WriteCalls++;
            disk.Fault("write", Path);
            foreach (ReadOnlyMemory<byte> part in parts)
            {
                Put(position, part.Span);
                position += part.Length;
            }
        }

        public void SetLength(long length)
        {
            CheckOpen();
            disk.Fault("truncate", Path);
            node.Grow(length);
            if (length < node.Length)
                node.Buffer.AsSpan((int)length, (int)(node.Length - length)).Clear();
            node.Length = length;
        }

        public void Reserve(long length)
        {
            disk.Fault("reserve", Path);
            if (length > node.Length)
            {
                if (length - node.Length > disk.BytesLeft)
                    throw new DiskException(disk.FullKind, Path, "no room to reserve");
                SetLength(length);
            }
        }

        public void Flush()
        {
            CheckOpen();
            disk.Fault("flush", Path);
            node.Durable = node.Buffer.AsSpan(0, (int)node.Length).ToArray();
        }

        public IDiskMap Map(int capacity)
        {
            disk.Fault("map", Path);
            return new MemoryMap(node, capacity);
        }

        public void Dispose()
        {
            if (_open)
                disk.OpenFiles--;
            _open = false;
        }

        private void Put(long position, ReadOnlySpan<byte> source)
        {
            int count = (int)Math.Min(source.Length, disk.BytesLeft);
            node.Grow(position + count);
            source[..count].CopyTo(node.Buffer.AsSpan((int)position));
            node.Length = Math.Max(node.Length, position + count);
            node.ModifiedMs = disk.NowMs;
            if (disk.BytesLeft != long.MaxValue)
                disk.BytesLeft -= count;
            if (count < source.Length)
                throw new DiskException(disk.FullKind, Path, $"the disk failed after {count} of {source.Length} bytes");
        }

        private void CheckOpen() => ObjectDisposedException.ThrowIf(!_open, this);
    }

    private sealed class MemoryMap(Node node, int capacity) : IDiskMap
    {
        public Span<byte> Bytes
        {
            get
            {
                node.Grow(capacity);
                return node.Buffer.AsSpan(0, capacity);
            }
        }

        public void Dispose()
        {
        }
    }
}
