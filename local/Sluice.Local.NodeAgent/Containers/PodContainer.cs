using k8s.Models;
using Sluice.Local.NodeAgent.Logs;
using Sluice.Local.NodeAgent.Probes;
using Sluice.Local.NodeAgent.Processes;
using Sluice.Local.NodeAgent.Status;
using Sluice.Local.NodeAgent.Volumes;

namespace Sluice.Local.NodeAgent.Containers;

/// <summary>
/// One container of a pod: its process, its probes, its record on disk. Used by the one loop of its pod, which
/// <paramref name="wake"/> makes look again when something happened elsewhere.
/// </summary>
internal sealed class PodContainer(PodRuntime runtime, V1Pod pod, V1Container spec, string podIp, Action wake) : IAsyncDisposable
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(30);

    private readonly RestartBackoff _backoff = new();
    private readonly string _statePath = runtime.Folders.State(pod, spec.Name);
    private ContainerRecord? _record;
    private LocalProcess? _process;
    private ContainerProber? _prober;
    private (string Reason, string? Message)? _waiting = ("ContainerCreating", null);
    private DateTimeOffset? _killAt;
    private bool _wasReady;
    private bool _willRestart = true;

    public V1Container Spec { get; private set; } = spec;

    public bool IsRunning => _process is not null;

    /// <summary>It was asked to end and has not yet.</summary>
    public bool IsStopping => _killAt is not null;

    /// <summary>How the last run ended; null while it runs or before the first.</summary>
    public ContainerEnd? End => _process is null ? _record?.End : null;

    /// <summary>The earliest time of the next start.</summary>
    public DateTimeOffset StartAt => End is { } end ? end.FinishedAt + _backoff.Delay : DateTimeOffset.MinValue;

    /// <summary>When to look for the image again, which was not found.</summary>
    public DateTimeOffset? ImageRetryAt { get; set; }

    /// <summary>When the process will be killed, if it is asked to end.</summary>
    public DateTimeOffset? KillAt => _killAt;

    /// <summary>Why it must be restarted, by its probes or because its image changed; null when it may run on.</summary>
    public string? RestartDemand => _process is null ? null
        : _record!.Image != (Spec.Image ?? "") ? $"Container {Spec.Name} definition changed, will be restarted"
        : _prober?.Failure;

    public string LogPath(bool previous) => runtime.Folders.Log(pod, Spec.Name, Math.Max(0, (_record?.Attempt ?? 0) - (previous ? 1 : 0)));

    /// <summary>What is to be reported.</summary>
    public ContainerView View => new()
    {
        Spec = Spec,
        Restarts = _record?.Attempt ?? 0,
        RunningSince = _process is null ? null : _record!.StartedAt,
        End = End,
        PreviousEnd = _record?.PreviousEnd,
        WaitingReason = _process is not null ? null : End is not null && !_willRestart ? null : _waiting?.Reason ?? "ContainerCreating",
        WaitingMessage = _waiting?.Message,
        Started = _prober?.Started ?? false,
        Ready = _process is not null && !IsStopping && (_prober?.Ready ?? false),
        Id = _record is null ? null : $"local://{pod.Metadata.Uid}/{Spec.Name}/{_record.Attempt}",
    };

    /// <summary>Finds the process of an earlier control plane again, or what is known of its end.</summary>
    public void Adopt(bool wasReady)
    {
        _record = ContainerRecord.Read(_statePath);
        if (_record?.Process is not { } identity) return;
        _process = LocalProcess.TryAdopt(runtime.Monitor, identity);
        if (_process is null)
        {
            const string Message = "The process had ended when the control plane came back; how is not known";
            SetEnd(new(_record.Attempt, ExitStatus.Unknown.ContainerCode, "ContainerStatusUnknown", Message, _record.StartedAt, DateTimeOffset.UtcNow));
            return;
        }
        Watch(_record.Started, wasReady);
    }

    /// <summary>The pod changed; an image can be changed in place.</summary>
    public void Update(V1Container spec) => Spec = spec;

    /// <summary>Whether the pod's policy lets the container start again after its end.</summary>
    public void SetPolicy(bool willRestart) => _willRestart = willRestart;

    /// <summary>The container waits to be started, for this reason; false when it did so before.</summary>
    public bool Wait(string reason, string? message = null)
    {
        if (_waiting == (reason, message)) return false;
        _waiting = (reason, message);
        return true;
    }

    /// <summary>Starts the container's process.</summary>
    /// <exception cref="ContainerConfigException">The pod's description cannot be turned into a process.</exception>
    /// <exception cref="VolumeException">A mount cannot be made.</exception>
    /// <exception cref="ProcessStartException">The program cannot be executed.</exception>
    public void Start(ImageProgram image, IReadOnlyDictionary<string, string> volumes)
    {
        var attempt = _record is null ? 0 : _record.Attempt + 1;
        var work = runtime.Folders.Work(pod, Spec.Name);
        Directory.CreateDirectory(work);
        var (environment, mounts) = EnvironmentAndMounts(volumes, work);
        var (program, arguments) = ContainerCommand.Build(Spec, image, environment, mounts);
        var directory = Spec.WorkingDir is { Length: > 0 } given ? mounts.Rewrite(given) : work;
        // A folder of the real image has no counterpart here.
        if (!Directory.Exists(directory)) directory = work;
        environment[PodRuntime.MarkerVariable] = runtime.Marker(pod.Metadata.Uid!, Spec.Name, attempt);

        var log = runtime.Folders.Log(pod, Spec.Name, attempt);
        try
        {
            _process = LocalProcess.Start(runtime.Monitor, new(program, arguments, environment, directory, log));
        }
        catch (ProcessStartException e)
        {
            _record = NewRecord(attempt, null);
            _backoff.Ended(TimeSpan.Zero, wasReady: false);
            SetEnd(new(attempt, 128, "StartError", e.Message, null, DateTimeOffset.UtcNow));
            throw;
        }
        _record = NewRecord(attempt, _process.Identity);
        _record.Write(_statePath);
        _waiting = null;
        DeleteOldLogs(attempt);
        Watch(wasStarted: false, wasReady: false);
    }

    /// <summary>Takes note of the end of the process, if it has ended; true when it has just done so.</summary>
    public async Task<bool> NoteEndAsync()
    {
        if (_process is null || !_process.Exited.IsCompleted)
        {
            NoteStarted();
            return false;
        }
        var status = await _process.Exited.ConfigureAwait(false);
        var finished = DateTimeOffset.UtcNow;
        if (_prober is not null)
        {
            _wasReady = _wasReady || _prober.Ready;
            await _prober.DisposeAsync().ConfigureAwait(false);
            _prober = null;
        }
        runtime.Logs.Remove(LogPath(previous: false));
        _process = null;
        _killAt = null;
        var reason = !status.Known ? "ContainerStatusUnknown" : status.Succeeded ? "Completed" : "Error";
        var message = !status.Succeeded && Spec.TerminationMessagePolicy == "FallbackToLogsOnError"
            ? LogReader.Tail(LogPath(previous: false), 80, 2048)
            : null;
        _backoff.Ended(finished - _record!.StartedAt, _wasReady);
        SetEnd(new(_record.Attempt, status.ContainerCode, reason, message, _record.StartedAt, finished));
        return true;
    }

    /// <summary>Asks the process to end and kills it after the grace. Asked again, the shorter grace counts.</summary>
    public void Stop(TimeSpan? grace = null)
    {
        if (_process is null) return;
        var killAt = DateTimeOffset.UtcNow + (grace ?? StopGrace);
        if (_killAt is null)
        {
            _killAt = killAt;
            _process.Signal(Libc.SigTerm);
        }
        else if (killAt < _killAt)
        {
            _killAt = killAt;
        }
    }

    /// <summary>Kills the process when its grace is over.</summary>
    public void KillIfOverdue(DateTimeOffset now)
    {
        if (_killAt is { } at && at <= now) _process?.Kill();
    }

    /// <summary>Stops watching; the process goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_prober is not null) await _prober.DisposeAsync().ConfigureAwait(false);
    }

    private ContainerRecord NewRecord(int attempt, ProcessIdentity? process) => new()
    {
        Attempt = attempt,
        Image = Spec.Image ?? "",
        Process = process,
        StartedAt = DateTimeOffset.UtcNow,
        PreviousEnd = _record?.End,
        Started = Spec.StartupProbe is null,
    };

    private void SetEnd(ContainerEnd end)
    {
        _record = _record! with { Process = null, End = end };
        _record.Write(_statePath);
    }

    private void NoteStarted()
    {
        if (_prober?.Ready == true) _wasReady = true;
        if (_record is null || _record.Started || _prober?.Started != true) return;
        _record = _record with { Started = true };
        _record.Write(_statePath);
    }

    private void Watch(bool wasStarted, bool wasReady)
    {
        _wasReady = wasReady;
        runtime.Logs.Add(LogPath(previous: false));
        _ = _process!.Exited.ContinueWith(_ => wake(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _prober = new ContainerProber(
            new ProbeTarget(podIp, Spec, ExecAsync),
            DateTimeOffset.UtcNow - _record!.StartedAt, wasStarted, wasReady, wake,
            (kind, message) => runtime.Events.Record(pod, Spec.Name, warning: true, "Unhealthy", $"{kind} probe failed: {message}"));
    }

    private (Dictionary<string, string> Environment, MountTable Mounts) EnvironmentAndMounts(IReadOnlyDictionary<string, string> volumes, string work)
    {
        // Twice: a mount may take its subpath from the environment, and the environment has paths below mounts.
        var plain = ContainerEnvironment.Build(pod, Spec, podIp, work, MountTable.None, runtime.Config);
        var mounts = PodVolumes.MountTableOf(Spec, volumes, plain);
        return (ContainerEnvironment.Build(pod, Spec, podIp, work, mounts, runtime.Config), mounts);
    }

    /// <summary>Runs a command as the container would, for a probe.</summary>
    private async Task<(int ExitCode, string Output)> ExecAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation)
    {
        var image = runtime.Images.Find(Spec.Image ?? "");
        if (image is null) return (126, $"no local program for image \"{Spec.Image}\"");
        var output = Path.Combine(runtime.Folders.Container(pod, Spec.Name), $"exec-{Guid.NewGuid():N}.out");
        LocalProcess process;
        try
        {
            var work = runtime.Folders.Work(pod, Spec.Name);
            var (environment, mounts) = EnvironmentAndMounts(runtime.Volumes.SetUp(pod, podIp), work);
            environment[PodRuntime.MarkerVariable] = runtime.Marker(pod.Metadata.Uid!, Spec.Name, _record!.Attempt);
            string[] words = [.. command.Select(mounts.Rewrite)];
            process = LocalProcess.Start(
                runtime.Monitor, new(ContainerCommand.Locate(words[0], image, environment), words[1..], environment, work, output));
        }
        catch (Exception e) when (e is ContainerConfigException or VolumeException or ProcessStartException)
        {
            return (126, e.Message);
        }
        try
        {
            var status = await process.Exited.WaitAsync(timeout, cancellation).ConfigureAwait(false);
            return (status.ContainerCode, LogReader.Tail(output, int.MaxValue, 10 * 1024));
        }
        catch (TimeoutException)
        {
            return (124, $"command \"{string.Join(' ', command)}\" timed out after {timeout.TotalSeconds} s");
        }
        finally
        {
            process.Kill();
            File.Delete(output);
        }
    }

    private void DeleteOldLogs(int attempt)
    {
        // The last one stays for `kubectl logs --previous`.
        for (var old = attempt - 2; old >= 0; old--)
        {
            var log = runtime.Folders.Log(pod, Spec.Name, old);
            if (!File.Exists(log)) break;
            File.Delete(log);
            File.Delete(LogTimes.PathFor(log));
        }
    }
}
