using Sluice.Storage.Disk;

namespace Sluice.Core.Tests.Fixtures;

/// <summary>A real disk that says of a log's bytes that they are not in memory until they were prefetched, and notes who reads them before.</summary>
internal sealed class ColdDisk : IDisk
{
    private readonly FileDisk _disk = new();
    private readonly HashSet<string> _warm = [];

    /// <summary>Whether files are cold that were not prefetched.</summary>
    public bool IsCold { get; set; }

    /// <summary>Whether what was prefetched is dropped at once.</summary>
    public bool Forgets { get; init; }

    /// <summary>Reads of cold bytes, which would have waited for the device.</summary>
    public List<string> Waits { get; } = [];

    public int Prefetches { get; private set; }

    public IDiskFile Open(string path, DiskAccess access) => new ColdFile(this, _disk.Open(path, access));

    public bool FileExists(string path) => _disk.FileExists(path);

    public bool DirectoryExists(string path) => _disk.DirectoryExists(path);

    public long FileLength(string path) => _disk.FileLength(path);

    public long LastModifiedMs(string path) => _disk.LastModifiedMs(path);

    public IReadOnlyList<DiskEntry> List(string directory) => _disk.List(directory);

    public void CreateDirectory(string path) => _disk.CreateDirectory(path);

    public void DeleteFile(string path) => _disk.DeleteFile(path);

    public void DeleteDirectory(string path) => _disk.DeleteDirectory(path);

    public void Rename(string source, string target) => _disk.Rename(source, target);

    public void SyncDirectory(string path) => _disk.SyncDirectory(path);

    public DiskSpace Space(string path) => _disk.Space(path);

    public IDisposable Lock(string path) => _disk.Lock(path);

    private bool IsWarm(string path) => !IsCold || _warm.Contains(path);

    private sealed class ColdFile(ColdDisk disk, IDiskFile file) : IDiskFile
    {
        public string Path => file.Path;

        public int Descriptor => file.Descriptor;

        public long Length => file.Length;

        public bool IsCached(long position, long length) => disk.IsWarm(Path);

        public void Prefetch(long position, long length)
        {
            if (!disk.Forgets) disk._warm.Add(Path);
            disk.Prefetches++;
            file.Prefetch(position, length);
        }

        public int Read(long position, Span<byte> destination)
        {
            if (!disk.IsWarm(Path)) disk.Waits.Add($"{Path} at {position}");
            return file.Read(position, destination);
        }

        public void Write(long position, ReadOnlySpan<byte> source) => file.Write(position, source);

        public void Write(long position, ReadOnlySpan<ReadOnlyMemory<byte>> parts) => file.Write(position, parts);

        public void SetLength(long length) => file.SetLength(length);

        public void Reserve(long length) => file.Reserve(length);

        public void Flush() => file.Flush();

        public IDiskMap Map(int capacity) => file.Map(capacity);

        public void Dispose() => file.Dispose();
    }
}
