using System.Runtime.InteropServices;

namespace Sluice.Local.NodeAgent.Processes;

/// <summary>A process of a container, started by this control plane or adopted from an earlier one.</summary>
internal sealed class LocalProcess
{
    private readonly int _pidfd;
    private readonly Lock _lock = new();
    private bool _closed;

    private LocalProcess(ProcessIdentity identity, int pidfd, Task<ExitStatus> exited)
    {
        Identity = identity;
        _pidfd = pidfd;
        Exited = CloseWhenExitedAsync(exited);
    }

    /// <summary>What is written to disk to find the process again.</summary>
    public ProcessIdentity Identity { get; }

    /// <summary>Completes when the process has ended; cancelled when the monitor stops first.</summary>
    public Task<ExitStatus> Exited { get; }

    /// <summary>Starts a process.</summary>
    /// <exception cref="ProcessStartException">The program cannot be executed.</exception>
    public static LocalProcess Start(ProcessMonitor monitor, ProcessStart start)
    {
        var pid = ProcessSpawner.Spawn(start);
        // A child cannot vanish before it is reaped, so both always succeed.
        var identity = ProcessIdentity.Of(pid) ?? throw new InvalidOperationException($"process {pid} has no entry in /proc");
        var pidfd = OpenPidfd(pid);
        return new LocalProcess(identity, pidfd, monitor.Watch(pidfd, pid, isChild: true));
    }

    /// <summary>Takes over a process of an earlier control plane; null when it has ended.</summary>
    public static LocalProcess? TryAdopt(ProcessMonitor monitor, ProcessIdentity identity)
    {
        if (!identity.IsAlive) return null;
        var pidfd = Libc.PidfdOpen(identity.Pid);
        if (pidfd < 0) return null;
        // Only now is it certain that the descriptor is not of a younger process with the same number.
        if (!identity.IsAlive)
        {
            _ = Libc.Close(pidfd);
            return null;
        }
        return new LocalProcess(identity, pidfd, monitor.Watch(pidfd, identity.Pid, isChild: false));
    }

    /// <summary>Sends a signal to the process alone, as container runtimes do; nothing happens when it has ended.</summary>
    public void Signal(int signal)
    {
        lock (_lock)
        {
            if (!_closed) _ = Libc.PidfdSendSignal(_pidfd, signal);
        }
    }

    /// <summary>Kills the process and everything in its group.</summary>
    public void Kill()
    {
        lock (_lock)
        {
            if (_closed) return;
            _ = Libc.Kill(-Identity.Pid, Libc.SigKill);
            _ = Libc.PidfdSendSignal(_pidfd, Libc.SigKill);
        }
    }

    private async Task<ExitStatus> CloseWhenExitedAsync(Task<ExitStatus> exited)
    {
        try
        {
            return await exited.ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _closed = true;
                _ = Libc.Close(_pidfd);
            }
        }
    }

    private static int OpenPidfd(int pid)
    {
        var pidfd = Libc.PidfdOpen(pid);
        return pidfd >= 0
            ? pidfd
            : throw new InvalidOperationException(
                $"pidfd_open failed: {Marshal.GetLastPInvokeErrorMessage()}. Local pods need Linux 5.3 or later.");
    }
}
