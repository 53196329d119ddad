using System.Text.Json;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Serialization;
using Sluice.Local.NodeAgent.Containers;
using Sluice.Local.NodeAgent.Processes;
using Sluice.Local.NodeAgent.Status;
using Sluice.Local.NodeAgent.Volumes;

namespace Sluice.Local.NodeAgent;

/// <summary>
/// One pod. A single loop looks at what should be and what is, does what is missing, writes the status and sleeps until
/// something changes or is due; so nothing here needs a lock, and it does not matter in which order things happened.
/// </summary>
internal sealed class PodWorker
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ImageRetryDelay = TimeSpan.FromSeconds(10);

    private readonly PodRuntime _runtime;
    private readonly IPodApi _api;
    private readonly WakeSignal _wake = new();
    private readonly string _podIp;
    private readonly List<PodContainer> _initContainers;
    private readonly List<PodContainer> _containers;
    private readonly PodContainer[] _all;
    private V1Pod _pod;
    private volatile WorkerGoal _goal = WorkerGoal.Run;
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _written;
    private string? _volumeProblem;
    private readonly string? _unsupported;
    private bool _deletionAsked;
    private Dictionary<string, string>? _volumes;

    /// <summary>Makes a worker; it does nothing until <see cref="RunAsync"/>.</summary>
    public PodWorker(PodRuntime runtime, IPodApi api, V1Pod pod)
    {
        _runtime = runtime;
        _api = api;
        _pod = pod;
        _podIp = runtime.Addresses.For(pod.Metadata.NamespaceProperty!, pod.Metadata.Name!).ToString();
        _initContainers = [.. (pod.Spec!.InitContainers ?? []).Select(Make)];
        _containers = [.. pod.Spec.Containers.Select(Make)];
        _all = [.. _initContainers, .. _containers];
        _unsupported = UnsupportedFields.FirstOf(pod);
        Uid = pod.Metadata.Uid!;
    }

    public string Uid { get; }

    /// <summary>The pod as last seen.</summary>
    public V1Pod Pod => Volatile.Read(ref _pod);

    /// <summary>Completes when the worker has looked at the pod once, so that its status is true.</summary>
    public Task FirstSync => _synced.Task;

    /// <summary>The pod has changed, or what its volumes are made of.</summary>
    public void Update(V1Pod? pod = null)
    {
        // What this worker wrote it knows before the informer does: an older state must not replace it.
        if (pod is not null && VersionOf(pod) >= VersionOf(Pod)) Volatile.Write(ref _pod, pod);
        Wake();
    }

    /// <summary>The pod is gone from the API: its processes are ended, its folder is deleted.</summary>
    public void Remove()
    {
        _goal = WorkerGoal.Remove;
        Wake();
    }

    /// <summary>The node goes down: the processes are ended, the pod and its folder stay.</summary>
    public void ShutDown()
    {
        if (_goal == WorkerGoal.Run) _goal = WorkerGoal.ShutDown;
        Wake();
    }

    /// <summary>A container by name; null when the pod has none of it.</summary>
    public PodContainer? Container(string name) => Array.Find(_all, c => c.Spec.Name == name);

    /// <summary>Works until the pod is gone or shut down; cancelled, it stops watching and leaves the processes alone.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        foreach (var container in _all)
            container.Adopt(wasReady: _pod.Status?.ContainerStatuses?.FirstOrDefault(s => s.Name == container.Spec.Name)?.Ready ?? false);
        try
        {
            while (true)
            {
                var (done, due) = await StepAsync(cancellation).ConfigureAwait(false);
                _synced.TrySetResult();
                if (done) return;
                await SleepAsync(due, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (var container in _all) await container.DisposeAsync().ConfigureAwait(false);
            _synced.TrySetResult();
        }
    }

    private async Task<(bool Done, DateTimeOffset? Due)> StepAsync(CancellationToken cancellation)
    {
        try
        {
            return await SyncAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException or IOException)
        {
            PodLog.SyncFailed(_runtime.Log, Pod.Metadata.NamespaceProperty!, Pod.Metadata.Name!, e.Message);
            return (false, DateTimeOffset.UtcNow + RetryDelay);
        }
    }

    private async Task<(bool Done, DateTimeOffset? Due)> SyncAsync(CancellationToken cancellation)
    {
        var pod = Pod;
        foreach (var container in _all) await container.NoteEndAsync().ConfigureAwait(false);
        if (_goal != WorkerGoal.Run || pod.Metadata.DeletionTimestamp is not null)
            return await EndAsync(pod, cancellation).ConfigureAwait(false);

        foreach (var container in _containers)
        {
            if (pod.Spec!.Containers.FirstOrDefault(c => c.Name == container.Spec.Name) is { } spec) container.Update(spec);
        }
        var due = pod.Status?.Phase is "Succeeded" or "Failed" ? null : Advance(pod);
        await WriteStatusAsync(pod, cancellation).ConfigureAwait(false);
        return (false, due);
    }

    /// <summary>Starts what should run and restarts what must be; gives the time at which there is more to do.</summary>
    private DateTimeOffset? Advance(V1Pod pod)
    {
        if (_unsupported is { } field)
        {
            foreach (var container in _all) container.Wait("CreateContainerConfigError", $"{field} is not supported by local pods");
            return null;
        }
        if (!SetUpVolumes(pod)) return DateTimeOffset.UtcNow + RetryDelay;

        DateTimeOffset? due = null;
        var ran = _containers.Exists(c => c.IsRunning || c.End is not null);
        foreach (var container in _initContainers)
        {
            if (ran) break;
            if (container.End is { ExitCode: 0 }) continue;
            // One after the other: those behind an unfinished one wait.
            if (container.End is not null && pod.Spec!.RestartPolicy == "Never") container.SetPolicy(willRestart: false);
            else due = Earlier(due, Drive(pod, container));
            foreach (var waiting in _all.Where(c => c != container && !c.IsRunning && c.End is null)) waiting.Wait("PodInitializing");
            return due;
        }
        foreach (var container in _initContainers) container.SetPolicy(willRestart: false);
        foreach (var container in _containers) due = Earlier(due, Drive(pod, container));
        return due;
    }

    /// <summary>Brings one container a step on; gives the time at which there is more to do.</summary>
    private DateTimeOffset? Drive(V1Pod pod, PodContainer container)
    {
        var now = DateTimeOffset.UtcNow;
        if (container.IsRunning)
        {
            if (!container.IsStopping && container.RestartDemand is { } demand)
            {
                Record(pod, container, warning: false, "Killing", demand);
                container.Stop(GraceOf(pod));
            }
            container.KillIfOverdue(now);
            return container.KillAt;
        }
        var again = container.End is null || pod.Spec!.RestartPolicy switch
        {
            "Never" => false,
            "OnFailure" => container.End.ExitCode != 0,
            _ => true,
        };
        container.SetPolicy(again);
        if (!again) return null;
        if (container.StartAt > now)
        {
            var wait = (int)Math.Ceiling((container.StartAt - container.End!.FinishedAt).TotalSeconds);
            var id = $"{container.Spec.Name} pod={pod.Metadata.Name}_{pod.Metadata.NamespaceProperty}({pod.Metadata.Uid})";
            if (container.View.WaitingReason != "CrashLoopBackOff")
                Record(pod, container, warning: true, "BackOff", $"Back-off restarting failed container {container.Spec.Name} in pod {pod.Metadata.Name}_{pod.Metadata.NamespaceProperty}({pod.Metadata.Uid})");
            container.Wait("CrashLoopBackOff", $"back-off {wait}s restarting failed container={id}");
            return container.StartAt;
        }
        return TryStart(pod, container);
    }

    private DateTimeOffset? TryStart(V1Pod pod, PodContainer container)
    {
        var name = container.Spec.Image ?? "";
        if (_runtime.Images.Find(name) is not { } image) return WaitForImage(pod, container, name);
        try
        {
            container.Start(image, _volumes!);
            Record(pod, container, warning: false, "Pulled", $"Container image \"{name}\" already present on machine");
            Record(pod, container, warning: false, "Created", $"Container created: {container.Spec.Name}");
            Record(pod, container, warning: false, "Started", $"Container started: {container.Spec.Name}");
            return null;
        }
        catch (Exception e) when (e is ContainerConfigException or VolumeException)
        {
            if (container.Wait("CreateContainerConfigError", e.Message)) Record(pod, container, warning: true, "Failed", $"Error: {e.Message}");
            return DateTimeOffset.UtcNow + RetryDelay;
        }
        catch (ProcessStartException e)
        {
            Record(pod, container, warning: true, "Failed", $"Error: {e.Message}");
            container.Wait("RunContainerError", e.Message);
            return container.StartAt;
        }
    }

    private DateTimeOffset? WaitForImage(V1Pod pod, PodContainer container, string image)
    {
        var now = DateTimeOffset.UtcNow;
        if (container.ImageRetryAt is { } at && at > now) return at;
        var message = $"no local program stands for image \"{image}\"; known images: {string.Join(", ", _runtime.Images.Names)}";
        if (container.ImageRetryAt is null)
        {
            Record(pod, container, warning: true, "Failed", $"Failed to pull image \"{image}\": {message}");
            Record(pod, container, warning: true, "Failed", "Error: ErrImagePull");
            container.Wait("ErrImagePull", message);
        }
        else if (container.Wait("ImagePullBackOff", $"Back-off pulling image \"{image}\": {message}"))
        {
            Record(pod, container, warning: false, "BackOff", $"Back-off pulling image \"{image}\"");
        }
        container.ImageRetryAt = now + ImageRetryDelay;
        return container.ImageRetryAt;
    }

    private bool SetUpVolumes(V1Pod pod)
    {
        try
        {
            _volumes = _runtime.Volumes.SetUp(pod, _podIp);
            _volumeProblem = null;
            return true;
        }
        catch (VolumeException e)
        {
            // Running containers keep what they have; a config map that was deleted is no reason to end them.
            if (_volumes is not null) return true;
            // The caches may learn of a pod before they learn of its config map: only what lasts is worth telling.
            if (_volumeProblem == e.Message) _runtime.Events.Record(pod, null, warning: true, "FailedMount", e.Message);
            _volumeProblem = e.Message;
            return false;
        }
    }

    /// <summary>Ends the containers, the grace first; then lets go of the pod.</summary>
    private async Task<(bool Done, DateTimeOffset? Due)> EndAsync(V1Pod pod, CancellationToken cancellation)
    {
        var grace = GraceOf(pod);
        DateTimeOffset? due = null;
        foreach (var container in _all)
        {
            container.SetPolicy(willRestart: false);
            if (container.IsRunning && !container.IsStopping)
                Record(pod, container, warning: false, "Killing", $"Stopping container {container.Spec.Name}");
            container.Stop(grace);
            container.KillIfOverdue(DateTimeOffset.UtcNow);
            due = Earlier(due, container.KillAt);
        }
        if (Array.Exists(_all, c => c.IsRunning))
        {
            if (_goal != WorkerGoal.Remove) await WriteStatusAsync(pod, cancellation).ConfigureAwait(false);
            return (false, due);
        }
        if (_goal == WorkerGoal.Remove)
        {
            DeleteFolder(pod);
            return (true, null);
        }
        if (_goal == WorkerGoal.ShutDown && pod.Metadata.DeletionTimestamp is null)
        {
            foreach (var container in _containers) container.SetPolicy(willRestart: true);
            await WriteStatusAsync(pod, cancellation).ConfigureAwait(false);
            return (true, null);
        }
        if (!_deletionAsked)
        {
            await WriteStatusAsync(pod, cancellation).ConfigureAwait(false);
            await _api.DeleteAsync(pod, cancellation).ConfigureAwait(false);
            _deletionAsked = true;
        }
        // A pod with finalizers stays; the informer tells when it is gone.
        return _goal == WorkerGoal.ShutDown ? (true, null) : (false, null);
    }

    private void DeleteFolder(V1Pod pod)
    {
        var folder = _runtime.Folders.Pod(pod);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    private async Task WriteStatusAsync(V1Pod pod, CancellationToken cancellation)
    {
        var status = PodStatusBuilder.Build(
            pod, _podIp, [.. _initContainers.Select(c => c.View)], [.. _containers.Select(c => c.View)], DateTimeOffset.UtcNow);
        var text = JsonSerializer.Serialize(status, ApiJson.Options);
        if (text == _written) return;
        if (await _api.WriteStatusAsync(pod, status, cancellation).ConfigureAwait(false) is { } updated)
        {
            // The informer brings it too, later: what is built next must know the times written now.
            if (ReferenceEquals(Pod, pod)) Volatile.Write(ref _pod, updated);
            _written = text;
        }
    }

    private Task SleepAsync(DateTimeOffset? due, CancellationToken cancellation) =>
        // A millisecond more: a timer that fires early would make an empty turn.
        _wake.WaitAsync(due - DateTimeOffset.UtcNow + TimeSpan.FromMilliseconds(1), cancellation);

    private PodContainer Make(V1Container spec) => new(_runtime, _pod, spec, _podIp, Wake);

    private void Wake() => _wake.Set();

    private void Record(V1Pod pod, PodContainer container, bool warning, string reason, string message) =>
        _runtime.Events.Record(pod, container.Spec.Name, warning, reason, message);

    // The embedded API server's versions are numbers that grow.
    private static long VersionOf(V1Pod pod) => long.TryParse(pod.Metadata.ResourceVersion, out var version) ? version : long.MaxValue;

    private static TimeSpan GraceOf(V1Pod pod) => TimeSpan.FromSeconds(
        pod.Metadata.DeletionGracePeriodSeconds ?? pod.Spec!.TerminationGracePeriodSeconds ?? 30);

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null ? b : b is null || a < b ? a : b;

    private enum WorkerGoal
    {
        Run,
        ShutDown,
        Remove,
    }
}
