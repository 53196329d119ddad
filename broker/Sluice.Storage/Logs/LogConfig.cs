using Sluice.Protocol.Batches;

namespace Sluice.Storage.Logs;

/// <summary>Settings of one log, by the names and with the defaults of Kafka's topic configuration. Immutable; shared by the logs of a topic.</summary>
/// <remarks><see cref="LogConfigParser"/> reads the names and values of Kafka's configuration.</remarks>
public sealed record LogConfig
{
    /// <summary>Kafka's defaults.</summary>
    public static readonly LogConfig Default = new();

    /// <summary><c>segment.bytes</c>: a segment is closed before it would grow beyond this.</summary>
    public int SegmentBytes { get; init; } = 1024 * 1024 * 1024;

    /// <summary><c>segment.ms</c>: a segment is closed when this much time lies between its first batch and the one to append.</summary>
    public long SegmentMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary><c>segment.jitter.ms</c>: up to so much is taken off <see cref="SegmentMs"/>, so that many logs do not roll at once.</summary>
    public long SegmentJitterMs { get; init; }

    /// <summary><c>segment.index.bytes</c>: greatest size of each index file of a segment.</summary>
    public int SegmentIndexBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary><c>index.interval.bytes</c>: bytes appended between two index entries.</summary>
    public int IndexIntervalBytes { get; init; } = 4096;

    /// <summary><c>flush.messages</c>: records appended between two flushes.</summary>
    public long FlushMessages { get; init; } = long.MaxValue;

    /// <summary><c>flush.ms</c>: milliseconds that a record may stay unflushed.</summary>
    public long FlushMs { get; init; } = long.MaxValue;

    /// <summary><c>retention.bytes</c>: the oldest segments go while the log keeps at least this; -1 for no limit.</summary>
    public long RetentionBytes { get; init; } = -1;

    /// <summary><c>retention.ms</c>: a segment goes when its newest record is older; -1 for no limit.</summary>
    public long RetentionMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary><c>cleanup.policy</c> contains <c>delete</c>.</summary>
    public bool Delete { get; init; } = true;

    /// <summary><c>cleanup.policy</c> contains <c>compact</c>.</summary>
    public bool Compact { get; init; }

    /// <summary><c>file.delete.delay.ms</c>: how long a deleted segment's files stay, renamed, for readers that still send them.</summary>
    public long FileDeleteDelayMs { get; init; } = 60_000;

    /// <summary><c>preallocate</c>: whether a new segment's file gets its full size at once.</summary>
    public bool Preallocate { get; init; }

    /// <summary><c>max.message.bytes</c>: largest batch that a producer may send, compressed.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024 + 12;

    /// <summary><c>message.timestamp.type</c>.</summary>
    public TimestampType MessageTimestampType { get; init; } = TimestampType.CreateTime;

    /// <summary><c>message.timestamp.before.max.ms</c>: how far a record's timestamp may lie behind the broker's clock.</summary>
    public long MessageTimestampBeforeMaxMs { get; init; } = long.MaxValue;

    /// <summary><c>message.timestamp.after.max.ms</c>: how far a record's timestamp may lie ahead of the broker's clock.</summary>
    public long MessageTimestampAfterMaxMs { get; init; } = 3_600_000;

    /// <summary><c>min.compaction.lag.ms</c>.</summary>
    public long MinCompactionLagMs { get; init; }

    /// <summary><c>max.compaction.lag.ms</c>.</summary>
    public long MaxCompactionLagMs { get; init; } = long.MaxValue;

    /// <summary>How long a segment takes appends: a compacted log must be able to clean a record within <c>max.compaction.lag.ms</c>, and the segment that takes appends is never cleaned.</summary>
    public long RollMs => Compact ? Math.Min(MaxCompactionLagMs, SegmentMs) : SegmentMs;

    /// <summary><c>min.cleanable.dirty.ratio</c>.</summary>
    public double MinCleanableDirtyRatio { get; init; } = 0.5;

    /// <summary><c>delete.retention.ms</c>: how long a compacted topic keeps tombstones.</summary>
    public long DeleteRetentionMs { get; init; } = 86_400_000;
}
