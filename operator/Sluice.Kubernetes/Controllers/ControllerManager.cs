using Sluice.Kubernetes.Informers;
using Sluice.Kubernetes.Leases;

namespace Sluice.Kubernetes.Controllers;

/// <summary>
/// Runs informers and controllers together. Informers run from the start, so that a process that becomes leader has its caches
/// filled; controllers run while it leads.
/// </summary>
public sealed class ControllerManager
{
    private static readonly TimeSpan GracefulStop = TimeSpan.FromSeconds(30);
    private readonly List<IInformer> _informers = [];
    private readonly List<Controller> _controllers = [];

    /// <summary>Whether every cache is filled.</summary>
    public bool HasSynced => _informers.TrueForAll(informer => informer.HasSynced);

    /// <summary>Adds an informer.</summary>
    public ControllerManager Add(IInformer informer)
    {
        _informers.Add(informer);
        return this;
    }

    /// <summary>Adds a controller.</summary>
    public ControllerManager Add(Controller controller)
    {
        _controllers.Add(controller);
        return this;
    }

    /// <summary>Runs until cancelled or until a part fails. Reconciliations under way get 30 seconds to end.</summary>
    /// <param name="elector">Lets one process of several work; null: this one always does.</param>
    /// <param name="cancellation">Stops everything.</param>
    /// <exception cref="LeadershipLostException">The process must end at once.</exception>
    public async Task RunAsync(LeaderElector? elector, CancellationToken cancellation)
    {
        using var informing = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task informers = Task.WhenAll(_informers.Select(informer => Task.Run(() => informer.RunAsync(informing.Token), CancellationToken.None)));
        Task work = elector is null ? LeadAsync(cancellation) : elector.RunAsync(LeadAsync, cancellation);
        try
        {
            // An informer ends only when told to, or by a fault that must be seen.
            if (await Task.WhenAny(work, informers) == informers) await informers;
            await work;
        }
        finally
        {
            await informing.CancelAsync();
            await informers;
        }
    }

    private async Task LeadAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        List<Task> running = [.. _controllers.Select(controller => controller.RunAsync(stop.Token))];
        Task stopped = Task.Delay(Timeout.Infinite, cancellation);
        Task first = await Task.WhenAny([.. running, stopped]);
        await stop.CancelAsync();
        Task all = Task.WhenAll(running);
        if (await Task.WhenAny(all, Task.Delay(GracefulStop, CancellationToken.None)) != all)
            throw new TimeoutException($"A reconciliation did not end within {GracefulStop.TotalSeconds:0} s of the stop.");
        await SwallowCancellationAsync(all, cancellation);
        if (first != stopped) await first;
    }

    private static async Task SwallowCancellationAsync(Task task, CancellationToken cancellation)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopped while its caches were still being filled.
        }
    }
}
