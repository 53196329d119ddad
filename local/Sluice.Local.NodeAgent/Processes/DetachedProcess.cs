using System.Globalization;

namespace Sluice.Local.NodeAgent.Processes;

/// <summary>A process that lives on when the one that started it ends: in a session of its own, with its output on a file.</summary>
public sealed class DetachedProcess : IDisposable
{
    private readonly ProcessMonitor _monitor;
    private readonly LocalProcess _process;

    private DetachedProcess(ProcessMonitor monitor, LocalProcess process)
    {
        _monitor = monitor;
        _process = process;
    }

    /// <summary>Number of the process.</summary>
    public int Id => _process.Identity.Pid;

    /// <summary>True when the process has ended.</summary>
    public bool HasExited => _process.Exited.IsCompleted;

    /// <summary>Starts a program.</summary>
    /// <param name="program">Absolute path of the program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Its whole environment.</param>
    /// <param name="workingDirectory">Absolute path of an existing folder.</param>
    /// <param name="outputFile">File to which its output is appended.</param>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static DetachedProcess Start(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string workingDirectory, string outputFile)
    {
        var monitor = new ProcessMonitor();
        try
        {
            return new DetachedProcess(monitor, LocalProcess.Start(monitor, new(program, arguments, environment, workingDirectory, outputFile)));
        }
        catch (ProcessStartException e)
        {
            monitor.Dispose();
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Asks a process, by its number, to end, and waits for it; false when it has not ended in that time.</summary>
    /// <exception cref="IOException">The process belongs to another user.</exception>
    public static async Task<bool> StopAsync(int id, TimeSpan timeout, CancellationToken cancellation = default)
    {
        using var monitor = new ProcessMonitor();
        if (ProcessIdentity.Of(id) is not { } identity || LocalProcess.TryAdopt(monitor, identity) is not { } process) return true;
        if (Libc.Kill(id, 0) != 0) throw new IOException(string.Create(CultureInfo.InvariantCulture, $"process {id} belongs to another user"));
        process.Signal(Libc.SigTerm);
        try
        {
            await process.Exited.WaitAsync(timeout, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Stops watching; the process goes on.</summary>
    public void Dispose() => _monitor.Dispose();
}
