namespace Support;

/// <summary>Runs a program as on a machine without the libraries of the codecs: in mounts of its own, where nothing is in their files.</summary>
internal static class HiddenLibraries
{
    private const string Hide = """
        libraries=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p | awk '/lib(lz4|snappy|zstd)\.so/ { print $NF }')
        for library in $libraries; do
          library=$(readlink -f "$library")
          [ ! -s "$library" ] || mount --bind /dev/null "$library"
        done
        exec "$@"
        """;

    /// <summary>The command that the program's own follows; skips the calling test where there can be no such mounts.</summary>
    public static string[] Launcher()
    {
        string unshare = Judges.Command("unshare");
        Skip.IfNot(Shell.Run(unshare, "--mount", "true").ExitCode == 0, "only root can hide libraries from a program");
        return [unshare, "--mount", "bash", "-c", $"set -euo pipefail; {Hide}", "bash"];
    }
}
