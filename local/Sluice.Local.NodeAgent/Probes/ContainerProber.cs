using System.Diagnostics;
using k8s.Models;

namespace Sluice.Local.NodeAgent.Probes;

/// <summary>
/// Probes one run of a container: the startup probe first, then liveness and readiness side by side. It only reports; what
/// follows from it is decided by who owns the container.
/// </summary>
internal sealed class ContainerProber : IAsyncDisposable
{
    private readonly ProbeTarget _target;
    private readonly Action _changed;
    private readonly Action<string, string> _unhealthy;
    private readonly TimeSpan _age;
    private readonly long _since = Stopwatch.GetTimestamp();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <summary>Begins to probe.</summary>
    /// <param name="target">The container.</param>
    /// <param name="age">How long it has been running.</param>
    /// <param name="wasStarted">It is adopted, and its startup probe had passed.</param>
    /// <param name="wasReady">It is adopted, and was ready: it stays so until its probe says otherwise.</param>
    /// <param name="changed">Called on another thread when a property changed.</param>
    /// <param name="unhealthy">Called with the kind of the probe and a message when a try failed.</param>
    public ContainerProber(
        ProbeTarget target, TimeSpan age, bool wasStarted, bool wasReady, Action changed, Action<string, string> unhealthy)
    {
        _target = target;
        _age = age;
        _changed = changed;
        _unhealthy = unhealthy;
        Started = wasStarted || target.Container.StartupProbe is null;
        Ready = Started && (wasReady || target.Container.ReadinessProbe is null);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>The startup probe has passed, or there is none.</summary>
    public bool Started { get; private set; }

    /// <summary>Started, and the readiness probe says so, or there is none.</summary>
    public bool Ready { get; private set; }

    /// <summary>Why the container must be restarted; null when nothing asks for it.</summary>
    public string? Failure { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            var container = _target.Container;
            if (!Started) await StartupAsync(container.StartupProbe!).ConfigureAwait(false);
            if (Failure is not null) return;
            var liveness = container.LivenessProbe is { } live ? LivenessAsync(live) : Task.CompletedTask;
            var readiness = container.ReadinessProbe is { } ready ? ReadinessAsync(ready) : Task.CompletedTask;
            await Task.WhenAll(liveness, readiness).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The container ended.
        }
    }

    private async Task StartupAsync(V1Probe probe)
    {
        var schedule = new ProbeSchedule(probe, initially: false);
        while (!schedule.Result)
        {
            await TryAsync("Startup", probe, schedule).ConfigureAwait(false);
            if (!schedule.HasFailed) continue;
            Failure = $"Container {_target.Container.Name} failed startup probe, will be restarted";
            _changed();
            return;
        }
        Started = true;
        Ready = _target.Container.ReadinessProbe is null;
        _changed();
    }

    private async Task LivenessAsync(V1Probe probe)
    {
        var schedule = new ProbeSchedule(probe, initially: true);
        while (!schedule.HasFailed) await TryAsync("Liveness", probe, schedule).ConfigureAwait(false);
        Failure = $"Container {_target.Container.Name} failed liveness probe, will be restarted";
        _changed();
    }

    private async Task ReadinessAsync(V1Probe probe)
    {
        var schedule = new ProbeSchedule(probe, initially: Ready);
        while (true)
        {
            await TryAsync("Readiness", probe, schedule).ConfigureAwait(false);
            if (schedule.Result == Ready) continue;
            Ready = schedule.Result;
            _changed();
        }
    }

    private async Task TryAsync(string kind, V1Probe probe, ProbeSchedule schedule)
    {
        var wait = schedule.Next - Age;
        if (wait > TimeSpan.Zero) await Task.Delay(wait, _stop.Token).ConfigureAwait(false);
        var outcome = await ProbeRunner.RunAsync(probe, _target, _stop.Token).ConfigureAwait(false);
        if (schedule.Note(outcome.Succeeded, Age) && !outcome.Succeeded) _unhealthy(kind, outcome.Message);
    }

    private TimeSpan Age => _age + Stopwatch.GetElapsedTime(_since);
}
