using System.Diagnostics.Metrics;

namespace Sluice.Kubernetes.Metrics;

/// <summary>The metrics of one controller, under controller-runtime's names.</summary>
internal sealed class ControllerMetrics
{
    private static readonly double[] Seconds =
        [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60];

    private static readonly Counter<long> Total = Count("controller_runtime_reconcile_total", "Total number of reconciliations per controller");
    private static readonly Counter<long> Errors = Count("controller_runtime_reconcile_errors_total", "Total number of reconciliation errors per controller");
    private static readonly Counter<long> TerminalErrors = Count("controller_runtime_terminal_reconcile_errors_total", "Total number of terminal reconciliation errors per controller");
    private static readonly Counter<long> Panics = Count("controller_runtime_reconcile_panics_total", "Total number of reconciliation panics per controller");
    private static readonly Counter<long> Timeouts = Count("controller_runtime_reconcile_timeouts_total", "Total number of reconciliation timeouts per controller");
    private static readonly UpDownCounter<long> Active = KubernetesMetrics.Meter.CreateUpDownCounter<long>("controller_runtime_active_workers", description: "Number of currently used workers per controller");
    private static readonly UpDownCounter<long> Limit = KubernetesMetrics.Meter.CreateUpDownCounter<long>("controller_runtime_max_concurrent_reconciles", description: "Maximum number of concurrent reconciles per controller");

    private static readonly Histogram<double> Time = KubernetesMetrics.Meter.CreateHistogram(
        "controller_runtime_reconcile_time_seconds", description: "Length of time per reconciliation per controller",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    private readonly KeyValuePair<string, object?> _controller;

    public ControllerMetrics(string controller)
    {
        _controller = new("controller", controller);
        foreach (string result in (string[])["success", "error", "requeue", "requeue_after"]) Total.Add(0, _controller, new("result", result));
        foreach (Counter<long> counter in (Counter<long>[])[Errors, TerminalErrors, Panics, Timeouts]) counter.Add(0, _controller);
        Active.Add(0, _controller);
    }

    public void Started(int workers) => Limit.Add(workers, _controller);

    public void Stopped(int workers) => Limit.Add(-workers, _controller);

    public void Began() => Active.Add(1, _controller);

    public void Ended(string result, TimeSpan time)
    {
        Active.Add(-1, _controller);
        Total.Add(1, _controller, new("result", result));
        Time.Record(time.TotalSeconds, _controller);
    }

    public void Failed() => Errors.Add(1, _controller);

    public void FailedForGood()
    {
        Errors.Add(1, _controller);
        TerminalErrors.Add(1, _controller);
    }

    public void Panicked() => Panics.Add(1, _controller);

    public void TimedOut() => Timeouts.Add(1, _controller);

    private static Counter<long> Count(string name, string description) => KubernetesMetrics.Meter.CreateCounter<long>(name, description: description);
}
