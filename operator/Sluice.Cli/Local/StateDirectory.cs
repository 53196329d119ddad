namespace Sluice.Cli.Local;

/// <summary>
/// Where a local Sluice keeps everything: `.sluice` in the current folder, SLUICE_HOME, or what --data-dir says. One control
/// plane at a time runs on one such folder.
/// </summary>
internal sealed class StateDirectory
{
    public StateDirectory(string path) => Root = Path.GetFullPath(path);

    /// <summary>Absolute path of the folder.</summary>
    public string Root { get; }

    public string KubeConfig => Path.Combine(Root, "kubeconfig");

    public string Log => Path.Combine(Root, "sluice.log");

    public string Progress => Path.Combine(Root, "up.progress");

    public string LockFile => Path.Combine(Root, "sluice.lock");

    /// <summary>Holds the number of the process that has the lock.</summary>
    public string PidFile => Path.Combine(Root, "sluice.pid");

    /// <summary>The folder that an option, the environment or the current folder gives, in this order.</summary>
    public static StateDirectory Find(string? option) =>
        new(option is { Length: > 0 } ? option
            : Environment.GetEnvironmentVariable("SLUICE_HOME") is { Length: > 0 } home ? home
            : Path.Combine(Environment.CurrentDirectory, ".sluice"));

    /// <summary>Makes the folder, readable by its owner alone: it holds keys.</summary>
    public void Create()
    {
        if (OperatingSystem.IsWindows()) throw new CommandException("sluice up needs Linux: pods are Linux processes.");
        Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
