using System.Globalization;

namespace Sluice.Cli.Local;

/// <summary>
/// Lets one control plane run on a state folder. The lock is the kernel's, on an open file: it cannot outlive its process, so
/// a kill leaves nothing to clean up. A file beside it tells who holds it.
/// </summary>
internal sealed class InstanceLock : IDisposable
{
    private readonly FileStream _file;

    private InstanceLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, and waits a little for a holder that was killed and is not quite gone; null when another one keeps it.</summary>
    public static async Task<InstanceLock?> TryTakeAsync(StateDirectory state)
    {
        for (var i = 0; ; i++)
        {
            if (TryTake(state) is { } taken) return taken;
            if (i == 20) return null;
            await Task.Delay(50).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the lock for this process; null when another one holds it.</summary>
    public static InstanceLock? TryTake(StateDirectory state)
    {
        FileStream file;
        try
        {
            file = new FileStream(state.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(state.LockFile))
        {
            return null;
        }
        File.WriteAllText(state.PidFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        return new InstanceLock(file);
    }

    /// <summary>The process that holds the lock of a folder; null when nobody does.</summary>
    public static int? Holder(StateDirectory state)
    {
        if (!File.Exists(state.LockFile)) return null;
        try
        {
            using var file = new FileStream(state.LockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return null;
        }
        catch (IOException) when (File.Exists(state.LockFile))
        {
            return ReadPid(state);
        }
    }

    public void Dispose() => _file.Dispose();

    private static int ReadPid(StateDirectory state)
    {
        // The holder writes the file right after it took the lock.
        for (var i = 0; i < 50; i++)
        {
            try
            {
                var pid = int.Parse(File.ReadAllText(state.PidFile), CultureInfo.InvariantCulture);
                if (Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"))) return pid;
            }
            catch (Exception e) when (e is IOException or FormatException)
            {
                // Not there yet.
            }
            Thread.Sleep(10);
        }
        throw new CommandException($"{state.LockFile} is locked, but {state.PidFile} does not say by which process.");
    }
}
