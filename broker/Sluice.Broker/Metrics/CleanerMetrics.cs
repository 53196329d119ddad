using System.Diagnostics.Metrics;
using Sluice.Core.Cleaning;

namespace Sluice.Broker.Metrics;

/// <summary>What the compaction of logs does: the figures of Kafka's LogCleaner and LogCleanerManager, under names of our own.</summary>
internal static class CleanerMetrics
{
    /// <summary>Registers the instruments.</summary>
    /// <param name="meter">The broker's meter.</param>
    /// <param name="statistics">The cleaner's last figures; null before the node has started.</param>
    /// <param name="clock">The wall clock.</param>
    internal static void Register(Meter meter, Func<CleanerStatistics?> statistics, TimeProvider clock)
    {
        Count("sluice_cleaner_cleanings_total", "Cleanings of logs that came to their end", s => s.Cleanings);
        Count("sluice_cleaner_failures_total", "Cleanings of logs that failed", s => s.Failures);
        Count("sluice_cleaner_read_bytes_total", "Bytes that were read to be cleaned", s => s.BytesRead);
        Count("sluice_cleaner_written_bytes_total", "Bytes that stayed of those that were cleaned", s => s.BytesWritten);
        Count("sluice_cleaner_dropped_records_total", "Records that were dropped because a later one has their key", s => s.RecordsDropped);
        Gauge("sluice_cleaner_buffer_utilization_ratio", "How full the table of keys became in the last cleaning", s => s.BufferUtilization);
        Gauge("sluice_cleaner_recopy_ratio", "Share of bytes that stayed in the last cleaning", s => s.RecopyRatio);
        Gauge("sluice_cleaner_clean_time_seconds", "How long the last cleaning took", s => s.CleanTimeSeconds);
        Gauge("sluice_cleaner_compaction_delay_seconds", "How long the oldest record has waited longer than max.compaction.lag.ms", s => s.CompactionDelaySeconds);
        Gauge("sluice_cleaner_dirty_ratio_max", "Share of uncompacted bytes of the dirtiest log", s => s.DirtiestRatio);
        Gauge("sluice_cleaner_uncleanable_partitions", "Partitions that cannot be compacted because they hold damaged batches", s => s.UncleanablePartitions);
        Gauge("sluice_cleaner_uncleanable_bytes", "Bytes of such partitions that should be compacted", s => s.UncleanableBytes);
        Gauge("sluice_cleaner_last_run_age_seconds", "Time since the cleaner last looked for something to compact",
            s => s.LastRunMs == 0 ? 0 : (clock.GetUtcNow().ToUnixTimeMilliseconds() - s.LastRunMs) / 1000.0);

        void Count(string name, string description, Func<CleanerStatistics, long> read) =>
            meter.CreateObservableCounter(name, () => statistics() is { } last ? read(last) : 0, description: description);

        void Gauge(string name, string description, Func<CleanerStatistics, double> read) =>
            meter.CreateObservableGauge(name, () => statistics() is { } last ? read(last) : 0, description: description);
    }
}
