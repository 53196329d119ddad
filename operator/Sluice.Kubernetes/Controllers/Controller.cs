using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Informers;
using Sluice.Kubernetes.Metrics;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Queues;

namespace Sluice.Kubernetes.Controllers;

/// <summary>
/// Connects caches to a reconciler: changes become names in a work queue, workers take names and reconcile, and the outcome decides
/// whether and when the name comes back.
/// </summary>
public sealed class Controller : IDisposable
{
    private readonly IReconciler _reconciler;
    private readonly ControllerOptions _options;
    private readonly ILogger _log;
    private readonly ControllerMetrics _metrics;
    private readonly List<IInformer> _informers = [];

    /// <summary>Makes a controller; connect it to caches, then run it.</summary>
    /// <param name="name">Name in logs and metrics.</param>
    /// <param name="reconciler">What is done for a name.</param>
    /// <param name="options">Settings; null takes the defaults.</param>
    /// <param name="log">Where failures go.</param>
    public Controller(string name, IReconciler reconciler, ControllerOptions? options = null, ILogger? log = null)
    {
        Name = name;
        _reconciler = reconciler;
        _options = options ?? new ControllerOptions();
        _log = log ?? NullLogger.Instance;
        _metrics = new ControllerMetrics(name);
        Queue = new WorkQueue<ObjectKey>(name, _options.Time);
    }

    /// <summary>Name in logs and metrics.</summary>
    public string Name { get; }

    /// <summary>The names that wait.</summary>
    public WorkQueue<ObjectKey> Queue { get; }

    /// <summary>Reconciles an object when it changes.</summary>
    /// <param name="informer">The cache of the kind.</param>
    /// <param name="when">Which changes matter; null: all.</param>
    public Controller For<T>(Informer<T> informer, Func<InformerEvent<T>, bool>? when = null)
        where T : class, IKubernetesObject<V1ObjectMeta> => Watch(informer, static value => [ObjectKey.Of(value)], when);

    /// <summary>Reconciles the controlling owner when an owned object changes.</summary>
    /// <param name="informer">The cache of the owned kind.</param>
    /// <param name="owner">The owner's kind.</param>
    /// <param name="when">Which changes matter; null: all.</param>
    public Controller Owns<T>(Informer<T> informer, ResourceType owner, Func<InformerEvent<T>, bool>? when = null)
        where T : class, IKubernetesObject<V1ObjectMeta> => Watch(informer, value => OwnerOf(value, owner), when);

    /// <summary>Reconciles the objects that a change concerns. An update is asked with the old and the new object.</summary>
    /// <param name="informer">The cache.</param>
    /// <param name="concerns">Names to reconcile for an object.</param>
    /// <param name="when">Which changes matter; null: all.</param>
    public Controller Watch<T>(Informer<T> informer, Func<T, IEnumerable<ObjectKey>> concerns, Func<InformerEvent<T>, bool>? when = null)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (!_informers.Contains(informer)) _informers.Add(informer);
        informer.AddHandler(change =>
        {
            if (when is not null && !when(change)) return;
            int priority = change.IsInitial || change.IsResync ? WorkQueue<ObjectKey>.LowPriority : WorkQueue<ObjectKey>.NormalPriority;
            foreach (ObjectKey key in concerns(change.Object)) Queue.Add(key, priority);
            if (change.Old is null || ReferenceEquals(change.Old, change.Object)) return;
            foreach (ObjectKey key in concerns(change.Old)) Queue.Add(key, priority);
        });
        return this;
    }

    /// <summary>Waits for the caches, then reconciles until cancelled; returns when no worker is at work any more.</summary>
    /// <exception cref="TimeoutException">A cache was not filled in time.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await WaitForCachesAsync(cancellation);
        ControllerLog.Started(_log, Name, _options.Workers);
        _metrics.Started(_options.Workers);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, _options.Workers).Select(_ => Task.Run(() => WorkAsync(cancellation), CancellationToken.None)));
        }
        finally
        {
            _metrics.Stopped(_options.Workers);
            ControllerLog.Stopped(_log, Name);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Queue.Dispose();

    private static IEnumerable<ObjectKey> OwnerOf(IKubernetesObject<V1ObjectMeta> value, ResourceType owner)
    {
        V1OwnerReference? reference = OwnerReferences.ControllerOf(value.Metadata);
        if (reference is null || reference.Kind != owner.Kind) yield break;
        // The version may differ from ours, the group may not.
        string group = reference.ApiVersion.Contains('/') ? reference.ApiVersion[..reference.ApiVersion.IndexOf('/')] : "";
        if (group == owner.Group) yield return new ObjectKey(owner.Namespaced ? value.Metadata.NamespaceProperty ?? "" : "", reference.Name);
    }

    private async Task WaitForCachesAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_options.CacheSyncTimeout);
        foreach (IInformer informer in _informers)
        {
            try
            {
                await informer.WaitForSyncAsync(limit.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new TimeoutException($"Controller {Name}: the cache of {informer.Kind} was not filled within {_options.CacheSyncTimeout.TotalSeconds:0} s. May the account list and watch it?");
            }
        }
    }

    private async Task WorkAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            ObjectKey key;
            try
            {
                key = await Queue.TakeAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            try
            {
                await ProcessAsync(key, cancellation);
            }
            finally
            {
                Queue.Done(key);
            }
        }
    }

    private async Task ProcessAsync(ObjectKey key, CancellationToken cancellation)
    {
        long start = _options.Time.GetTimestamp();
        _metrics.Began();
        ReconcileResult result = await TryReconcileAsync(key, cancellation);
        TimeSpan time = _options.Time.GetElapsedTime(start);
        switch (result)
        {
            case ReconcileResult.DoneResult:
                Queue.Forget(key);
                _metrics.Ended("success", time);
                break;
            case ReconcileResult.AfterResult after:
                Queue.Forget(key);
                Queue.AddAfter(key, after.Delay);
                _metrics.Ended("requeue_after", time);
                break;
            case ReconcileResult.RetryResult retry:
                _metrics.Failed();
                _metrics.Ended("error", time);
                TimeSpan wait = Queue.AddRateLimited(key);
                // A conflict is the ordinary way to learn that the cache lags; the retry reads anew.
                if (retry.Error is ApiException { IsConflict: true }) ControllerLog.Conflict(_log, Name, key, wait);
                else ControllerLog.Failed(_log, Name, key, retry.Error.Message, wait);
                break;
            case ReconcileResult.TerminalResult terminal:
                Queue.Forget(key);
                _metrics.FailedForGood();
                _metrics.Ended("error", time);
                ControllerLog.Terminal(_log, Name, key, terminal.Reason);
                break;
        }
    }

    private async Task<ReconcileResult> TryReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (_options.ReconcileTimeout is { } timeout) limit.CancelAfter(timeout);
        try
        {
            return await _reconciler.ReconcileAsync(key, limit.Token);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ReconcileResult.Done;
        }
        catch (OperationCanceledException error) when (limit.IsCancellationRequested)
        {
            _metrics.TimedOut();
            return ReconcileResult.Retry(new TimeoutException($"the reconciliation took longer than {_options.ReconcileTimeout}", error));
        }
        catch (Exception error) when (error is ApiException or HttpRequestException or IOException or TimeoutException)
        {
            return ReconcileResult.Retry(error);
        }
        catch (Exception error)
        {
            // A fault of the program must not take the other objects down with it; it is counted and logged with its stack.
            _metrics.Panicked();
            ControllerLog.Panicked(_log, Name, key, error);
            return ReconcileResult.Retry(error);
        }
    }
}
