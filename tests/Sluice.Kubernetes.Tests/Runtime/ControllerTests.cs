using System.Collections.Concurrent;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Informers;
using Sluice.Kubernetes.Models;
using Support.Kubernetes;

namespace Sluice.Kubernetes.Tests.Runtime;

public sealed class ControllerTests
{
    private readonly ManualTime _time = new();
    private readonly ObjectKey _key = new("ns", "a");

    [Fact]
    public async Task Done_is_not_repeated() => Assert.Equal(1, await CallsAsync(_ => ReconcileResult.Done, TimeSpan.FromHours(1)));

    [Fact]
    public async Task After_comes_back_after_its_time() =>
        Assert.Equal(2, await CallsAsync(call => call == 1 ? ReconcileResult.After(TimeSpan.FromMinutes(5)) : ReconcileResult.Done, TimeSpan.FromMinutes(5)));

    [Fact]
    public async Task Retry_comes_back_with_growing_waits() =>
        // 5 + 10 + 20 + 40 ms, and some for the steps of the clock.
        Assert.Equal(5, await CallsAsync(_ => ReconcileResult.Retry(new IOException("x")), TimeSpan.FromMilliseconds(90)));

    [Fact]
    public async Task Terminal_is_not_repeated() => Assert.Equal(1, await CallsAsync(_ => ReconcileResult.Terminal("no"), TimeSpan.FromHours(1)));

    [Fact]
    public async Task An_exception_is_a_retry() =>
        Assert.Equal(3, await CallsAsync(call => call < 3 ? throw new InvalidOperationException("fault") : ReconcileResult.Done, TimeSpan.FromHours(1)));

    [Fact]
    public async Task One_object_is_never_reconciled_by_two_workers_and_others_are_not_held_up()
    {
        var active = new ConcurrentDictionary<ObjectKey, int>();
        int most = 0, together = 0;
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reconciler = new Delegated(async (key, cancellation) =>
        {
            Interlocked.Exchange(ref most, Math.Max(most, active.AddOrUpdate(key, 1, (_, count) => count + 1)));
            Interlocked.Exchange(ref together, Math.Max(together, active.Values.Sum()));
            // The first waits for a second beside it, which comes when other objects are not held up.
            if (Volatile.Read(ref together) >= 2) both.TrySetResult();
            await both.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellation);
            await Task.Delay(5, cancellation);
            active.AddOrUpdate(key, 0, (_, count) => count - 1);
            return ReconcileResult.Done;
        });
        using var controller = new Controller("test", reconciler, new ControllerOptions { Workers = 4 });
        using var stop = new CancellationTokenSource();
        Task run = controller.RunAsync(stop.Token);
        for (int i = 0; i < 100; i++)
        {
            controller.Queue.Add(new ObjectKey("ns", (i % 3).ToString()));
            await Task.Delay(1);
        }
        await stop.CancelAsync();
        await run;
        Assert.Equal(1, most);
        Assert.InRange(together, 2, 3);
    }

    [Fact]
    public async Task A_cache_that_is_never_filled_is_named()
    {
        var server = new ScriptedServer((_, _) => ScriptedServer.Failure(403, "Forbidden"));
        using KubernetesClient client = server.Client();
        using var controller = new Controller("test", new Delegated((_, _) => Task.FromResult(ReconcileResult.Done)), new ControllerOptions { CacheSyncTimeout = TimeSpan.FromMilliseconds(50) });
        controller.For(new Informer<V1ConfigMap>(client.Resource<V1ConfigMap>()));
        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(() => controller.RunAsync(default));
        Assert.Contains("ConfigMap", error.Message);
    }

    private async Task<int> CallsAsync(Func<int, ReconcileResult> reconcile, TimeSpan time)
    {
        int calls = 0;
        var reconciler = new Delegated((key, _) =>
        {
            Assert.Equal(_key, key);
            return Task.FromResult(reconcile(Interlocked.Increment(ref calls)));
        });
        using var controller = new Controller("test", reconciler, new ControllerOptions { Time = _time });
        using var stop = new CancellationTokenSource();
        Task run = controller.RunAsync(stop.Token);
        controller.Queue.Add(_key);
        await IdleAsync(controller);
        for (int step = 0; step < 100; step++)
        {
            _time.Advance(time / 100);
            await IdleAsync(controller);
        }
        await stop.CancelAsync();
        await run;
        return calls;
    }

    /// <summary>A step of the clock queues what is due at once; the worker then takes its time, during which the clock stands still.</summary>
    private static async Task IdleAsync(Controller controller)
    {
        while (!controller.Queue.IsIdle) await Task.Delay(1);
    }

    private sealed class Delegated(Func<ObjectKey, CancellationToken, Task<ReconcileResult>> reconcile) : IReconciler
    {
        public Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation) => reconcile(key, cancellation);
    }
}
