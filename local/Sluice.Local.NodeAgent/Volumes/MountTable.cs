namespace Sluice.Local.NodeAgent.Volumes;

/// <summary>
/// Makes mount paths real for programs that share one file system. A local pod has no file system of its own, so a volume
/// mounted at /var/lib/data is the folder of the volume, and wherever the pod says /var/lib/data its program is told that
/// folder: in command, args and the values of env, in the working directory, and in the files of config map volumes.
/// </summary>
/// <remarks>
/// The rule: an occurrence of a mount path counts when no letter, digit, '.', '_', '-', '/' or ')' stands before it, and when
/// what follows is the end, a '/' or none of the first five. Of nested mount paths the longest counts. It is applied to the
/// text of the manifest, before $(VAR) is expanded. Nothing else is changed, secrets least of all. It works for every user;
/// mount namespaces would need root or a permissive kernel.
/// </remarks>
internal sealed class MountTable
{
    private readonly List<(string MountPath, string Folder)> _mounts;

    /// <summary>A table that changes nothing.</summary>
    public static MountTable None { get; } = new([]);

    /// <summary>A table of absolute mount paths and the folders or files behind them.</summary>
    public MountTable(IEnumerable<(string MountPath, string Folder)> mounts)
    {
        _mounts = [.. mounts
            .Select(m => (MountPath: m.MountPath.Length > 1 ? m.MountPath.TrimEnd('/') : m.MountPath, m.Folder))
            .Where(m => m.MountPath.Length > 1)
            .OrderByDescending(m => m.MountPath.Length)];
    }

    /// <summary>The text with every mount path replaced by its folder.</summary>
    public string Rewrite(string text)
    {
        if (_mounts.Count == 0 || !text.Contains('/', StringComparison.Ordinal)) return text;
        var result = new System.Text.StringBuilder(text.Length + 64);
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == '/' && (at == 0 || !(IsPathCharacter(text[at - 1]) || text[at - 1] == ')')) && MountAt(text, at) is { } mount)
            {
                result.Append(mount.Folder);
                at += mount.MountPath.Length;
            }
            else
            {
                result.Append(text[at++]);
            }
        }
        return result.ToString();
    }

    private (string MountPath, string Folder)? MountAt(string text, int at)
    {
        foreach (var mount in _mounts)
        {
            if (string.CompareOrdinal(text, at, mount.MountPath, 0, mount.MountPath.Length) != 0) continue;
            var end = at + mount.MountPath.Length;
            if (end == text.Length || text[end] == '/' || !IsPathCharacter(text[end])) return mount;
        }
        return null;
    }

    private static bool IsPathCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/';
}
