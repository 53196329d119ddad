using Sluice.Core.Producing;

namespace Sluice.Core.Partitions;

/// <summary>What an append to a partition gives.</summary>
internal readonly struct AppendAnswer
{
    /// <summary>Why nothing was appended; null when it was, or when it had been before (a retry of an idempotent producer).</summary>
    public BatchRefusal? Refusal { get; init; }

    /// <summary>The offset of the batch's first record; that of the first attempt when this is a retry.</summary>
    public long BaseOffset { get; init; }

    /// <summary>The offset of the batch's last record.</summary>
    public long LastOffset { get; init; }

    /// <summary>The broker's time of the append, where the topic asks for LogAppendTime; otherwise -1.</summary>
    public long LogAppendTimeMs { get; init; }

    /// <summary>The first offset that the log still has; -1 when the log is out of reach.</summary>
    public long LogStartOffset { get; init; }
}
