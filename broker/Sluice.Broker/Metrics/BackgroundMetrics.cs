using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Sluice.Core.Shards;

namespace Sluice.Broker.Metrics;

/// <summary>Work on background threads, by kind: flushes, deletions, snapshots.</summary>
internal sealed class BackgroundMetrics
{
    private readonly ConcurrentDictionary<Type, KeyValuePair<string, object?>> _kinds = new();
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _failed;

    internal BackgroundMetrics(Meter meter)
    {
        _duration = meter.CreateHistogram(
            "sluice_background_task_duration_seconds",
            unit: "s",
            description: "Time that work on a background thread took, such as one fsync of a partition",
            tags: null,
            advice: BrokerMetrics.Durations);
        _failed = meter.CreateCounter<long>("sluice_background_tasks_failed_total", description: "Work on background threads that failed");
    }

    internal void OnExecuted(BackgroundTask task, TimeSpan duration, bool failed)
    {
        KeyValuePair<string, object?> kind = _kinds.GetOrAdd(task.GetType(), static type => new("task", NameOf(type)));
        _duration.Record(duration.TotalSeconds, kind);
        if (failed) _failed.Add(1, kind);
    }

    /// <summary>The class's name in small letters; for one nested in another (a FlushTask in a PartitionFlusher) that of both.</summary>
    private static string NameOf(Type type)
    {
        string name = type.DeclaringType is { } outer ? outer.Name + type.Name : type.Name;
        var result = new System.Text.StringBuilder();
        foreach (char c in name)
        {
            if (char.IsUpper(c) && result.Length > 0) result.Append('_');
            result.Append(char.ToLowerInvariant(c));
        }
        return result.ToString();
    }
}
