namespace Sluice.Core.Cleaning;

/// <summary>The figures of the cleaner, by Kafka's meaning; immutable, so any thread may look at the last ones.</summary>
public sealed record CleanerStatistics
{
    /// <summary>Cleanings that came to their end since the start.</summary>
    public long Cleanings { get; init; }

    /// <summary>Cleanings that failed since the start.</summary>
    public long Failures { get; init; }

    /// <summary>Bytes that were read to be cleaned since the start.</summary>
    public long BytesRead { get; init; }

    /// <summary>Bytes that stayed of them.</summary>
    public long BytesWritten { get; init; }

    /// <summary>Records that were dropped since the start.</summary>
    public long RecordsDropped { get; init; }

    /// <summary>How full the table of keys became in the last cleaning, from 0 to 1 (max-buffer-utilization-percent).</summary>
    public double BufferUtilization { get; init; }

    /// <summary>Share of the bytes of the last cleaning that stayed, from 0 to 1 (cleaner-recopy-percent).</summary>
    public double RecopyRatio { get; init; }

    /// <summary>How long the last cleaning took in seconds (max-clean-time-secs).</summary>
    public double CleanTimeSeconds { get; init; }

    /// <summary>How long the oldest record has waited longer than <c>max.compaction.lag.ms</c>, in seconds (max-compaction-delay-secs).</summary>
    public double CompactionDelaySeconds { get; init; }

    /// <summary>Share of dirty bytes of the dirtiest log, from 0 to 1 (max-dirty-percent).</summary>
    public double DirtiestRatio { get; init; }

    /// <summary>Partitions that cannot be cleaned (uncleanable-partitions-count).</summary>
    public int UncleanablePartitions { get; init; }

    /// <summary>What of those should be cleaned, in bytes (uncleanable-bytes).</summary>
    public long UncleanableBytes { get; init; }

    /// <summary>When the cleaner last looked for something to clean, in milliseconds since 1970; 0 for never (time-since-last-run-ms).</summary>
    public long LastRunMs { get; init; }
}
