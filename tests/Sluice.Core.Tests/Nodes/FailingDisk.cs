using Sluice.Storage.Disk;
using Support.Disks;

namespace Sluice.Core.Tests.Nodes;

/// <summary>The real disk, until a test lets writes or flushes of a log fail, by default of the metadata's.</summary>
internal sealed class FailingDisk : WrappedDisk
{
    public bool IsFull { get; set; }

    public bool CannotFlush { get; set; }

    public bool CannotRename { get; set; }

    /// <summary>Which files fail: those with this in their path.</summary>
    public string Failing { get; set; } = "__cluster_metadata";

    public override void Rename(string source, string target)
    {
        if (CannotRename && source.Contains(Failing, StringComparison.Ordinal)) throw new DiskException(DiskErrorKind.InputOutput, source, "the test says that the name cannot be changed");
        base.Rename(source, target);
    }

    protected override IDiskFile Wrap(IDiskFile file) => new FailingFile(this, file);

    private sealed class FailingFile(FailingDisk disk, IDiskFile file) : WrappedFile(file)
    {
        private bool IsFailing => Path.Contains(disk.Failing, StringComparison.Ordinal);

        public override void Write(long position, ReadOnlySpan<byte> source)
        {
            FailIfFull();
            base.Write(position, source);
        }

        public override void Write(long position, ReadOnlySpan<ReadOnlyMemory<byte>> parts)
        {
            FailIfFull();
            base.Write(position, parts);
        }

        public override void Flush()
        {
            if (disk.CannotFlush && IsFailing) throw new DiskException(DiskErrorKind.InputOutput, Path, "the test says that the flush fails");
            base.Flush();
        }

        private void FailIfFull()
        {
            if (disk.IsFull && IsFailing) throw new DiskException(DiskErrorKind.NoSpace, Path, "the test says that the disk is full");
        }
    }
}
