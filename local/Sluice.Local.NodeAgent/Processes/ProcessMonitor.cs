using System.Runtime.InteropServices;

namespace Sluice.Local.NodeAgent.Processes;

/// <summary>
/// One thread that waits for the end of many processes, children or not, through their pidfds. It sleeps in poll and costs
/// nothing while no process ends.
/// </summary>
internal sealed class ProcessMonitor : IDisposable
{
    // How long the status of a process that somebody else reaps is waited for, once it is known to have ended.
    private const int ReapGraceMilliseconds = 500;
    private const int ReapPollMilliseconds = 5;
    private const int EventDescriptorFlags = 0x80000 | 0x800; // close-on-exec, non-blocking

    private readonly Lock _lock = new();
    private readonly List<Watched> _watched = [];
    private readonly int _wake;
    private readonly Thread _thread;
    private bool _stopping;

    public ProcessMonitor()
    {
        _wake = Libc.EventDescriptor(0, EventDescriptorFlags);
        if (_wake < 0) throw new InvalidOperationException($"eventfd failed: {Marshal.GetLastPInvokeErrorMessage()}");
        _thread = new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "process-monitor" };
        _thread.Start();
    }

    /// <summary>Completes when the process behind the descriptor ends. A child is reaped, after what is left of its group was killed.</summary>
    public Task<ExitStatus> Watch(int pidfd, int pid, bool isChild)
    {
        var watched = new Watched(pidfd, pid, isChild);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            _watched.Add(watched);
        }
        Wake();
        return watched.Exited.Task;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_stopping) return;
            _stopping = true;
        }
        Wake();
        _thread.Join();
        _ = Libc.Close(_wake);
    }

    private unsafe void Wake()
    {
        ulong one = 1;
        _ = Libc.Write(_wake, &one, sizeof(ulong));
    }

    private void Run()
    {
        while (true)
        {
            Watched[] watched;
            lock (_lock)
            {
                if (_stopping) break;
                watched = [.. _watched];
            }
            var ended = WaitForAny(watched);
            foreach (var process in ended) Finish(process);
        }
        // The processes go on without us; whoever waits for them is told so.
        lock (_lock)
        {
            foreach (var process in _watched) process.Exited.TrySetCanceled();
            _watched.Clear();
        }
    }

    private unsafe List<Watched> WaitForAny(Watched[] watched)
    {
        var descriptors = new Libc.PollDescriptor[watched.Length + 1];
        descriptors[0] = new() { Descriptor = _wake, Events = Libc.PollIn };
        for (var i = 0; i < watched.Length; i++)
            descriptors[i + 1] = new() { Descriptor = watched[i].Pidfd, Events = Libc.PollIn };
        fixed (Libc.PollDescriptor* pointer = descriptors)
        {
            if (Libc.Poll(pointer, (ulong)descriptors.Length, -1) < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error == Libc.ErrnoInterrupted) return [];
                throw new InvalidOperationException($"poll failed: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
        if (descriptors[0].Returned != 0)
        {
            ulong count;
            _ = Libc.Read(_wake, &count, sizeof(ulong));
        }
        return [.. watched.Where((_, i) => descriptors[i + 1].Returned != 0)];
    }

    private void Finish(Watched process)
    {
        lock (_lock) _watched.Remove(process);
        if (process.IsChild)
        {
            process.Exited.TrySetResult(Reap(process.Pid));
        }
        else
        {
            KillGroup(process.Pid);
            // Off this thread: the reaper of an adopted process may need a moment.
            _ = Task.Run(async () => process.Exited.TrySetResult(await StatusOfAdoptedAsync(process).ConfigureAwait(false)));
        }
    }

    private static unsafe ExitStatus Reap(int pid)
    {
        // While the zombie is kept its number cannot be given to another group: kill what it left behind first, as the end of
        // a container's first process ends all others.
        var information = stackalloc byte[128];
        _ = Libc.WaitId(Libc.IdTypePid, pid, information, Libc.WaitExited | Libc.WaitKeep | Libc.WaitNoHang);
        KillGroup(pid);
        int status;
        var reaped = Libc.WaitPid(pid, &status, 0);
        return reaped == pid ? ExitStatus.FromWaitStatus(status) : ExitStatus.Unknown;
    }

    private static void KillGroup(int pid) => _ = Libc.Kill(-pid, Libc.SigKill);

    private static async Task<ExitStatus> StatusOfAdoptedAsync(Watched process)
    {
        for (var waited = 0; ; waited += ReapPollMilliseconds)
        {
            if (StatusFromKernel(process.Pidfd) is { } status) return status;
            if (waited >= ReapGraceMilliseconds) break;
            await Task.Delay(ReapPollMilliseconds).ConfigureAwait(false);
        }
        // Nobody reaps it (a container's first process that never waits): the zombie itself tells.
        return ProcessIdentity.ReadStat(process.Pid) is { State: 'Z' } stat
            ? ExitStatus.FromWaitStatus(stat.WaitStatus)
            : ExitStatus.Unknown;
    }

    /// <summary>The wait status that Linux 6.15 and later keep for whoever held a pidfd while the process lived.</summary>
    private static unsafe ExitStatus? StatusFromKernel(int pidfd)
    {
        Libc.PidfdInfo info = default;
        info.Mask = Libc.PidfdInfoExit;
        var result = Libc.DeviceControl(pidfd, (nuint)Libc.PidfdGetInfo, &info);
        return result == 0 && (info.Mask & Libc.PidfdInfoExit) != 0 ? ExitStatus.FromWaitStatus(info.ExitCode) : null;
    }

    private sealed record Watched(int Pidfd, int Pid, bool IsChild)
    {
        // Continuations run elsewhere: this thread only watches.
        public TaskCompletionSource<ExitStatus> Exited { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
