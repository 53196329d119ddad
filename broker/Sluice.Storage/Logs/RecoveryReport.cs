namespace Sluice.Storage.Logs;

/// <summary>What opening a log found and did.</summary>
public sealed record RecoveryReport
{
    /// <summary>Segments whose batches were all checked, because the log was not closed cleanly or did not look like it.</summary>
    public int SegmentsChecked { get; init; }

    /// <summary>Bytes cut from the end of the log.</summary>
    public long BytesCut { get; init; }

    /// <summary>Offset of the first batch that was cut, -1 when nothing was.</summary>
    public long CutAtOffset { get; init; } = -1;

    /// <summary>Whether batches below the recovery point were cut: data once flushed was damaged, and is lost here.</summary>
    public bool LostFlushedData { get; init; }

    /// <summary>What was wrong, as a sentence for the broker's log; null when nothing was.</summary>
    public string? Reason { get; init; }
}

/// <summary>What is known of a log before it is opened.</summary>
/// <param name="RecoveryPoint">From <c>recovery-point-offset-checkpoint</c>: all below was flushed. 0 when unknown.</param>
/// <param name="LogStartOffset">From <c>log-start-offset-checkpoint</c>. 0 when unknown.</param>
/// <param name="CleanShutdown">Whether the log directory has the mark of a clean shutdown.</param>
/// <param name="NowMs">Milliseconds since 1970.</param>
/// <param name="ProducerExpirationMs"><c>producer.id.expiration.ms</c>: producers silent for longer are not loaded.</param>
/// <param name="CleanedUpTo">From <c>cleaner-offset-checkpoint</c>: below this offset compaction may have left gaps between segments. 0 when unknown.</param>
public readonly record struct LogOpenOptions(long RecoveryPoint, long LogStartOffset, bool CleanShutdown, long NowMs,
    long ProducerExpirationMs = LogOpenOptions.DefaultProducerExpirationMs, long CleanedUpTo = 0)
{
    /// <summary>Kafka's default, a day.</summary>
    public const long DefaultProducerExpirationMs = 86_400_000;
}
