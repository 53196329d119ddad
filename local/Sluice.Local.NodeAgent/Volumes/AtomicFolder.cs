using System.Runtime.InteropServices;
using Sluice.Local.NodeAgent.Processes;

namespace Sluice.Local.NodeAgent.Volumes;

/// <summary>
/// A folder of files that change together, in the kubelet's way: the files lie in a folder of their own, "..data" is a link to
/// it, and each visible name is a link through "..data". Replacing that one link replaces all of them at once.
/// </summary>
internal static class AtomicFolder
{
    private const string DataLink = "..data";

    /// <summary>Makes the folder hold exactly these files; false when it did already.</summary>
    public static bool Write(string folder, IReadOnlyDictionary<string, VolumeFile> files)
    {
        Directory.CreateDirectory(folder);
        var dataPath = Path.Combine(folder, DataLink);
        var current = new DirectoryInfo(dataPath).LinkTarget;
        if (current is not null && Holds(Path.Combine(folder, current), files)) return false;

        var version = "..v" + Guid.NewGuid().ToString("N");
        foreach (var (path, file) in files) WriteFile(Path.Combine(folder, version, path), file);
        Directory.CreateDirectory(Path.Combine(folder, version));
        var temporary = dataPath + ".new";
        File.Delete(temporary);
        File.CreateSymbolicLink(temporary, version);
        // Not File.Move, which follows links.
        if (Libc.Rename(temporary, dataPath) != 0) throw new IOException($"cannot replace {dataPath}: {Marshal.GetLastPInvokeErrorMessage()}");
        LinkNames(folder, files);
        if (current is not null) Directory.Delete(Path.Combine(folder, current), recursive: true);
        return true;
    }

    private static void LinkNames(string folder, IReadOnlyDictionary<string, VolumeFile> files)
    {
        var names = files.Keys.Select(p => p.Split('/')[0]).ToHashSet(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var link = Path.Combine(folder, name);
            if (new FileInfo(link).LinkTarget is null) File.CreateSymbolicLink(link, $"{DataLink}/{name}");
        }
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder))
        {
            var name = Path.GetFileName(entry);
            if (!name.StartsWith("..", StringComparison.Ordinal) && !names.Contains(name)) File.Delete(entry);
        }
    }

    private static bool Holds(string version, IReadOnlyDictionary<string, VolumeFile> files)
    {
        if (!Directory.Exists(version)) return false;
        if (Directory.EnumerateFiles(version, "*", SearchOption.AllDirectories).Count() != files.Count) return false;
        return files.All(f =>
        {
            var path = Path.Combine(version, f.Key);
            return File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(f.Value.Content);
        });
    }

    private static void WriteFile(string path, VolumeFile file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, file.Content);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, (UnixFileMode)(file.Mode & 0x1FF));
    }
}

/// <summary>A file of a volume.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="Mode">Its permission bits.</param>
internal sealed record VolumeFile(byte[] Content, int Mode);
