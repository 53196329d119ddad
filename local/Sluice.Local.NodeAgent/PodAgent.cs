using k8s.Models;
using Microsoft.Extensions.Logging;
using Sluice.Kubernetes.Informers;
using Sluice.Kubernetes.Models;
using Sluice.Local.NodeAgent.Containers;

namespace Sluice.Local.NodeAgent;

/// <summary>
/// What the kubelet is to a node: makes processes of the pods that are bound to it and reports what becomes of them. It knows
/// nothing but the API and its own folder, in which it finds the processes of an earlier run again.
/// </summary>
internal sealed class PodAgent : IAsyncDisposable
{
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(2);

    private readonly PodRuntime _runtime;
    private readonly IPodApi _api;
    private readonly NodeInformers _informers;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, PodWorker> _workers = [];
    private readonly Dictionary<ObjectKey, Task> _running = [];
    private readonly CancellationTokenSource _abandon = new();
    private bool _begun;
    private bool _shuttingDown;

    public PodAgent(PodRuntime runtime, IPodApi api, NodeInformers informers)
    {
        _runtime = runtime;
        _api = api;
        _informers = informers;
        _log = runtime.Log;
        informers.Pods.AddHandler(OnPod);
        informers.ConfigMaps.AddHandler(change => WakeUsers(change.Object.Metadata.NamespaceProperty));
        informers.Secrets.AddHandler(change => WakeUsers(change.Object.Metadata.NamespaceProperty));
        informers.Claims.AddHandler(change => WakeUsers(change.Object.Metadata.NamespaceProperty));
        informers.Volumes.AddHandler(_ => WakeUsers(null));
    }

    /// <summary>
    /// Waits for the caches, ends what belongs to no pod any more, takes over what runs, and starts what should. Completes when
    /// the status of each pod of the node is true again.
    /// </summary>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        await _informers.WaitForSyncAsync(cancellation).ConfigureAwait(false);
        var pods = _informers.Pods.Cache.List().Where(IsOurs).ToList();
        var uids = pods.Select(p => p.Metadata.Uid!).ToHashSet(StringComparer.Ordinal);
        OrphanSweep.KillAllBut(_runtime.Folders.Root, KnownProcesses(pods), _log);
        foreach (var (uid, path) in _runtime.Folders.Existing())
        {
            if (!uids.Contains(uid)) Directory.Delete(path, recursive: true);
        }
        _runtime.Addresses.KeepOnly(pods.Select(p => ObjectKey.Of(p).ToString()).ToHashSet(StringComparer.Ordinal));
        List<PodWorker> first;
        lock (_lock)
        {
            _begun = true;
            // Pods that came meanwhile are in the cache too.
            foreach (var pod in _informers.Pods.Cache.List().Where(IsOurs)) Accept(pod);
            first = [.. _workers.Values];
        }
        await Task.WhenAll(first.Select(w => w.FirstSync)).WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Ends the processes of all pods, each with its grace; the pods stay in the API and run again after the next start.</summary>
    public async Task StopPodsAsync()
    {
        Task[] running;
        lock (_lock)
        {
            _shuttingDown = true;
            foreach (var worker in _workers.Values) worker.ShutDown();
            running = [.. _running.Values];
        }
        await Task.WhenAll(running).ConfigureAwait(false);
    }

    /// <summary>Stops watching and leaves all processes as they are, for the next start to take over.</summary>
    public async ValueTask DisposeAsync()
    {
        await _abandon.CancelAsync().ConfigureAwait(false);
        Task[] running;
        lock (_lock)
        {
            _shuttingDown = true;
            running = [.. _running.Values];
        }
        await Task.WhenAll(running).ConfigureAwait(false);
        _abandon.Dispose();
    }

    /// <summary>The processes on record. One that was started just before a kill may not be: its container starts anew.</summary>
    private HashSet<(string Container, int Process)> KnownProcesses(List<V1Pod> pods)
    {
        var known = new HashSet<(string, int)>();
        foreach (var pod in pods)
        {
            foreach (var container in pod.Spec!.Containers.Concat(pod.Spec.InitContainers ?? []))
            {
                if (ContainerRecord.Read(_runtime.Folders.State(pod, container.Name))?.Process is { } process)
                    known.Add(($"{pod.Metadata.Uid}/{container.Name}", process.Pid));
            }
        }
        return known;
    }

    private static bool IsOurs(V1Pod pod) => pod.Spec?.NodeName == LocalNode.Name;

    private void OnPod(InformerEvent<V1Pod> change)
    {
        lock (_lock)
        {
            if (!_begun || !IsOurs(change.Object)) return;
            if (change.Type == InformerEventType.Deleted)
            {
                if (_workers.Remove(change.Object.Metadata.Uid!, out var gone)) gone.Remove();
            }
            else
            {
                Accept(change.Object);
            }
        }
    }

    private void Accept(V1Pod pod)
    {
        if (_workers.TryGetValue(pod.Metadata.Uid!, out var known))
        {
            known.Update(pod);
            return;
        }
        if (_shuttingDown) return;
        PodWorker worker;
        try
        {
            worker = new PodWorker(_runtime, _api, pod);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or InvalidDataException)
        {
            // No address is left, or it cannot be written down. The informer that called us must go on.
            PodLog.WorkerBroke(_log, e, pod.Metadata.NamespaceProperty!, pod.Metadata.Name!);
            return;
        }
        _workers.Add(worker.Uid, worker);
        // A namesake that is still ending has the same address: one after the other.
        var key = ObjectKey.Of(pod);
        var before = _running.GetValueOrDefault(key, Task.CompletedTask);
        var running = Task.Run(() => RunAsync(worker, before));
        _running[key] = running;
        _ = running.ContinueWith(done => Forget(key, done), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private void Forget(ObjectKey key, Task done)
    {
        lock (_lock)
        {
            if (_running.GetValueOrDefault(key) == done) _running.Remove(key);
        }
    }

    private async Task RunAsync(PodWorker worker, Task before)
    {
        await before.ConfigureAwait(false);
        while (!_abandon.IsCancellationRequested)
        {
            try
            {
                await worker.RunAsync(_abandon.Token).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (_abandon.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A fault of this program must not take the other pods with it; the processes of this one go on.
                PodLog.WorkerBroke(_log, e, worker.Pod.Metadata.NamespaceProperty!, worker.Pod.Metadata.Name!);
            }
            await Task.Delay(RestartDelay).ConfigureAwait(false);
        }
    }

    private void WakeUsers(string? @namespace)
    {
        lock (_lock)
        {
            foreach (var worker in _workers.Values)
            {
                if (@namespace is null || worker.Pod.Metadata.NamespaceProperty == @namespace) worker.Update();
            }
        }
    }
}
