using Sluice.Storage.Disk;

namespace Sluice.Core.Tests.Nodes;

/// <summary>The real disk, until a test lets writes or flushes of a log fail, by default of the metadata's.</summary>
internal sealed class FailingDisk : IDisk
{
    private readonly FileDisk _disk = new();

    public bool IsFull { get; set; }

    public bool CannotFlush { get; set; }

    /// <summary>Which files fail: those with this in their path.</summary>
    public string Failing { get; set; } = "__cluster_metadata";

    public IDiskFile Open(string path, DiskAccess access) => new FailingFile(this, _disk.Open(path, access));

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

    private sealed class FailingFile(FailingDisk disk, IDiskFile file) : IDiskFile
    {
        private bool IsFailing => file.Path.Contains(disk.Failing, StringComparison.Ordinal);

        public string Path => file.Path;

        public int Descriptor => file.Descriptor;

        public long Length => file.Length;

        public int Read(long position, Span<byte> destination) => file.Read(position, destination);

        public void Write(long position, ReadOnlySpan<byte> source)
        {
            FailIfFull();
            file.Write(position, source);
        }

        public void Write(long position, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
        {
            FailIfFull();
            file.Write(position, parts);
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Reserve(long length) => file.Reserve(length);

        public void Flush()
        {
            if (disk.CannotFlush && IsFailing) throw new DiskException(DiskErrorKind.InputOutput, Path, "the test says that the flush fails");
            file.Flush();
        }

        public IDiskMap Map(int capacity) => file.Map(capacity);

        public void Dispose() => file.Dispose();

        private void FailIfFull()
        {
            if (disk.IsFull && IsFailing) throw new DiskException(DiskErrorKind.NoSpace, Path, "the test says that the disk is full");
        }
    }
}
