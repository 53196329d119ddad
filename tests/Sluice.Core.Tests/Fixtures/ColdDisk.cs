using Sluice.Storage.Disk;
using Support.Disks;

namespace Sluice.Core.Tests.Fixtures;

/// <summary>A real disk that says of a log's bytes that they are not in memory until they were prefetched, and notes who reads them before.</summary>
internal sealed class ColdDisk : WrappedDisk
{
    private readonly HashSet<string> _warm = [];

    /// <summary>Whether files are cold that were not prefetched.</summary>
    public bool IsCold { get; set; }

    /// <summary>Whether what was prefetched is dropped at once.</summary>
    public bool Forgets { get; init; }

    /// <summary>Reads of cold bytes, which would have waited for the device.</summary>
    public List<string> Waits { get; } = [];

    public int Prefetches { get; private set; }

    protected override IDiskFile Wrap(IDiskFile file) => new ColdFile(this, file);

    private bool IsWarm(string path) => !IsCold || _warm.Contains(path);

    private sealed class ColdFile(ColdDisk disk, IDiskFile file) : WrappedFile(file)
    {
        public override bool IsCached(long position, long length) => disk.IsWarm(Path);

        public override void Prefetch(long position, long length)
        {
            if (!disk.Forgets) disk._warm.Add(Path);
            disk.Prefetches++;
            base.Prefetch(position, length);
        }

        public override int Read(long position, Span<byte> destination)
        {
            if (!disk.IsWarm(Path)) disk.Waits.Add($"{Path} at {position}");
            return base.Read(position, destination);
        }
    }
}
