using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Sluice.Kubernetes.Metrics;

/// <summary>The metrics of one work queue, under client-go's names.</summary>
internal sealed class WorkQueueMetrics : IDisposable
{
    private static readonly double[] Seconds = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000];
    private static readonly ConcurrentDictionary<WorkQueueMetrics, bool> Live = new();

    private static readonly UpDownCounter<long> Depth = KubernetesMetrics.Meter.CreateUpDownCounter<long>("workqueue_depth", description: "Current depth of workqueue by workqueue and priority");
    private static readonly Counter<long> Adds = KubernetesMetrics.Meter.CreateCounter<long>("workqueue_adds_total", description: "Total number of adds handled by workqueue");
    private static readonly Counter<long> Retries = KubernetesMetrics.Meter.CreateCounter<long>("workqueue_retries_total", description: "Total number of retries handled by workqueue");

    private static readonly Histogram<double> QueueDuration = KubernetesMetrics.Meter.CreateHistogram(
        "workqueue_queue_duration_seconds", description: "How long in seconds an item stays in workqueue before being requested",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    private static readonly Histogram<double> WorkDuration = KubernetesMetrics.Meter.CreateHistogram(
        "workqueue_work_duration_seconds", description: "How long in seconds processing an item from workqueue takes.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly Func<long[]> _activeSince;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<int, int> _depths = new();

    static WorkQueueMetrics()
    {
        KubernetesMetrics.Meter.CreateObservableGauge(
            "workqueue_unfinished_work_seconds", static () => Observe(static ages => ages.Sum()),
            description: "How many seconds of work has been done that is in progress and hasn't been observed by work_duration.");
        KubernetesMetrics.Meter.CreateObservableGauge(
            "workqueue_longest_running_processor_seconds", static () => Observe(static ages => ages.DefaultIfEmpty().Max()),
            description: "How many seconds has the longest running processor for workqueue been running.");
    }

    public WorkQueueMetrics(string name, Func<long[]> activeSince, TimeProvider time)
    {
        _tags = [new("name", name), new("controller", name)];
        _activeSince = activeSince;
        _time = time;
        Live[this] = true;
        // A counter that is there from the start lets a rate be computed over its first increase.
        Adds.Add(0, _tags);
        Retries.Add(0, _tags);
    }

    public void Added() => Adds.Add(1, _tags);

    public void Retried() => Retries.Add(1, _tags);

    public void Entered(int priority) => Change(priority, 1);

    public void Left(int priority) => Change(priority, -1);

    public void Waited(TimeSpan time) => QueueDuration.Record(time.TotalSeconds, _tags);

    public void Worked(TimeSpan time) => WorkDuration.Record(time.TotalSeconds, _tags);

    public void Dispose()
    {
        Live.TryRemove(this, out _);
        foreach ((int priority, int depth) in _depths) Depth.Add(-depth, [.. _tags, new("priority", priority.ToString())]);
    }

    private void Change(int priority, int by)
    {
        _depths.AddOrUpdate(priority, by, (_, depth) => depth + by);
        Depth.Add(by, [.. _tags, new("priority", priority.ToString())]);
    }

    private static IEnumerable<Measurement<double>> Observe(Func<IEnumerable<double>, double> combine)
    {
        foreach (WorkQueueMetrics queue in Live.Keys)
            yield return new Measurement<double>(combine(queue._activeSince().Select(since => queue._time.GetElapsedTime(since).TotalSeconds)), queue._tags);
    }
}
