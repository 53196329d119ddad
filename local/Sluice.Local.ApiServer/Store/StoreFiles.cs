using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sluice.Local.ApiServer.Store;

/// <summary>The store's folder: which snapshots and journals there are, and how a file comes to be there for good.</summary>
internal static partial class StoreFiles
{
    private const string SnapshotPrefix = "snapshot-";
    private const string JournalPrefix = "journal-";

    public static string SnapshotPath(string directory, long revision) => Path.Combine(directory, SnapshotPrefix + revision.ToString("D20", CultureInfo.InvariantCulture));

    public static string JournalPath(string directory, long afterRevision) => Path.Combine(directory, JournalPrefix + afterRevision.ToString("D20", CultureInfo.InvariantCulture));

    /// <summary>Keeps others out of a folder until the handle is closed, which the end of the process does in any case.</summary>
    /// <exception cref="IOException">Another server uses the folder.</exception>
    public static SafeFileHandle Lock(string directory)
    {
        try
        {
            return File.OpenHandle(Path.Combine(directory, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new IOException($"another server uses the folder {directory}; stop that one first", error);
        }
    }

    /// <summary>Snapshots by revision, the newest first.</summary>
    public static IReadOnlyList<(long Revision, string Path)> Snapshots(string directory) =>
        [.. Numbered(directory, SnapshotPrefix).OrderByDescending(file => file.Revision)];

    /// <summary>Journals by the revision that they begin after, the oldest first.</summary>
    public static IReadOnlyList<(long Revision, string Path)> Journals(string directory) =>
        [.. Numbered(directory, JournalPrefix).OrderBy(file => file.Revision)];

    /// <summary>Creates an empty journal that is on disk, with its directory entry, when this returns.</summary>
    public static SafeFileHandle CreateJournal(string directory, long afterRevision)
    {
        var handle = File.OpenHandle(JournalPath(directory, afterRevision), FileMode.Create, FileAccess.Write, FileShare.Read);
        RandomAccess.Write(handle, RecordFormat.Header, 0);
        RandomAccess.FlushToDisk(handle);
        FlushDirectory(directory);
        return handle;
    }

    /// <summary>Writes a snapshot under another name first, so that a half-written one never bears the name.</summary>
    public static long WriteSnapshot(string directory, long revision, IEnumerable<(string Kind, StoredObject Object)> objects)
    {
        var path = SnapshotPath(directory, revision);
        var temporary = path + ".new";
        long length = 0;
        using (var handle = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            var buffer = new ArrayBufferWriter<byte>(1 << 16);
            buffer.Write(RecordFormat.Header);
            long count = 0;
            foreach (var (kind, item) in objects)
            {
                RecordFormat.Write(buffer, new StoreRecord(RecordType.Put, item.Revision, kind, item.Key, item.Utf8));
                count++;
                if (buffer.WrittenCount > 1 << 20)
                    length = Drain(handle, buffer, length);
            }

            RecordFormat.Write(buffer, new StoreRecord(RecordType.End, revision, "", count.ToString(CultureInfo.InvariantCulture), default));
            length = Drain(handle, buffer, length);
            RandomAccess.FlushToDisk(handle);
        }

        File.Move(temporary, path, overwrite: true);
        FlushDirectory(directory);
        return length;
    }

    /// <summary>Removes what a newer snapshot has made needless, and what an interrupted one left behind.</summary>
    public static void DeleteBefore(string directory, long revision)
    {
        foreach (var (at, path) in Numbered(directory, SnapshotPrefix).Concat(Numbered(directory, JournalPrefix)))
        {
            if (at < revision)
                File.Delete(path);
        }

        foreach (var path in Directory.EnumerateFiles(directory, "*.new"))
            File.Delete(path);
    }

    /// <summary>Makes created, renamed and deleted names of a directory survive a loss of power.</summary>
    private static void FlushDirectory(string directory)
    {
        const int readOnly = 0;
        var descriptor = Open(directory, readOnly);
        if (descriptor < 0)
            throw new IOException($"cannot open directory {directory}: errno {Marshal.GetLastPInvokeError()}");
        var failed = Fsync(descriptor) != 0;
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (failed)
            throw new IOException($"cannot flush directory {directory}: errno {error}");
    }

    private static long Drain(SafeFileHandle handle, ArrayBufferWriter<byte> buffer, long position)
    {
        RandomAccess.Write(handle, buffer.WrittenSpan, position);
        position += buffer.WrittenCount;
        buffer.ResetWrittenCount();
        return position;
    }

    private static IEnumerable<(long Revision, string Path)> Numbered(string directory, string prefix)
    {
        foreach (var path in Directory.GetFiles(directory, prefix + "*"))
        {
            if (long.TryParse(Path.GetFileName(path.AsSpan())[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var revision))
                yield return (revision, path);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
