using System.Text;

namespace Sluice.Storage.Disk;

/// <summary>What small files need beyond <see cref="IDisk"/>.</summary>
public static class DiskExtensions
{
    /// <summary>Small files (checkpoints, snapshots, properties) above this are refused rather than read.</summary>
    private const int SmallFileBytesMax = 256 * 1024 * 1024;

    /// <summary>The content of a small file.</summary>
    /// <exception cref="DiskException">With <see cref="DiskErrorKind.Corrupt"/> when the file is far larger than small files are.</exception>
    public static byte[] ReadAllBytes(this IDisk disk, string path)
    {
        using IDiskFile file = disk.Open(path, DiskAccess.Read);
        long length = file.Length;
        if (length > SmallFileBytesMax)
            throw new DiskException(DiskErrorKind.Corrupt, path, $"has {length} bytes; at most {SmallFileBytesMax} are expected here");
        byte[] bytes = new byte[length];
        file.ReadExactly(0, bytes);
        return bytes;
    }

    /// <summary>The content of a small text file in UTF-8.</summary>
    public static string ReadAllText(this IDisk disk, string path) => Encoding.UTF8.GetString(disk.ReadAllBytes(path));

    /// <summary>Fills <paramref name="destination"/> from <paramref name="position"/>.</summary>
    /// <exception cref="DiskException">With <see cref="DiskErrorKind.EndOfFile"/> when the file ends before.</exception>
    public static void ReadExactly(this IDiskFile file, long position, Span<byte> destination)
    {
        int read = file.Read(position, destination);
        if (read < destination.Length)
        {
            throw new DiskException(DiskErrorKind.EndOfFile, file.Path,
                $"the file ends {destination.Length - read} bytes before the end of what was to be read at {position}");
        }
    }

    /// <summary>Replaces a small file in one step: written beside it, renamed over it.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="path">The file.</param>
    /// <param name="content">Its new content.</param>
    /// <param name="durable">Whether the content must survive a crash from here on; else a crash may leave the old one, the new one or none.</param>
    public static void Replace(this IDisk disk, string path, ReadOnlySpan<byte> content, bool durable)
    {
        string temporary = path + ".tmp";
        using (IDiskFile file = disk.Open(temporary, DiskAccess.Create))
        {
            file.SetLength(0);
            file.Write(0, content);
            if (durable)
                file.Flush();
        }
        disk.Rename(temporary, path);
        if (durable)
            disk.SyncDirectory(Parent(path));
    }

    /// <inheritdoc cref="Replace(IDisk, string, ReadOnlySpan{byte}, bool)"/>
    public static void Replace(this IDisk disk, string path, string content, bool durable) =>
        disk.Replace(path, Encoding.UTF8.GetBytes(content), durable);

    /// <summary>The directory that a path lies in.</summary>
    public static string Parent(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash < 0 ? "." : slash == 0 ? "/" : path[..slash];
    }

    /// <summary>Deletes a file that may not be there.</summary>
    public static void DeleteIfExists(this IDisk disk, string path)
    {
        if (disk.FileExists(path))
            disk.DeleteFile(path);
    }
}
