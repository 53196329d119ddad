using System.Runtime.InteropServices;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Tests;

/// <summary>What the kernel says of a file's pages.</summary>
public sealed class PageCacheTests : IDisposable
{
    private const int Bytes = 8 * 1024 * 1024;
    private const int DropPages = 4; // POSIX_FADV_DONTNEED

    private readonly string _path = Path.Combine(Path.GetTempPath(), "sluice-page-cache-" + Guid.NewGuid().ToString("N"));

    [SkippableFact]
    public void Pages_that_were_dropped_are_seen_to_be_cold_and_prefetched_ones_warm()
    {
        var disk = new FileDisk();
        using IDiskFile file = disk.Open(_path, DiskAccess.Create);
        byte[] content = new byte[Bytes];
        new Random(1).NextBytes(content);
        file.Write(0, content);
        file.Flush();
        Assert.True(file.IsCached(0, Bytes));
        Skip.If(Advise(file.Descriptor, 0, 0, DropPages) != 0 || file.IsCached(0, Bytes), "the file system of the temporary folder keeps its pages (tmpfs)");
        Assert.False(file.IsCached(100, 1));
        Assert.False(file.IsCached(Bytes - 1, 1));
        file.Prefetch(1_000_000, 1_000_000);
        Assert.True(file.IsCached(1_000_000, 1_000_000));
        // One cold page in the middle makes a range cold.
        Assert.False(file.IsCached(0, Bytes));
        file.Prefetch(0, Bytes);
        Assert.True(file.IsCached(0, Bytes));
        Assert.True(file.IsCached(0, 0));
    }

    public void Dispose() => File.Delete(_path);

    [DllImport("libc", EntryPoint = "posix_fadvise")]
    private static extern int Advise(int descriptor, long position, long length, int advice);
}
