using Sluice.Storage.Producers;

namespace Sluice.Storage.Logs;

/// <summary>What became of an append.</summary>
public readonly record struct AppendInfo
{
    /// <summary><see cref="ProducerCheck.Accepted"/> when the batches are (or, staged, will be) in the log; else nothing was appended.</summary>
    public ProducerCheck Check { get; init; }

    /// <summary>Offset of the first record; for a duplicate the offset it has had since its first append; -1 when refused.</summary>
    public long FirstOffset { get; init; }

    /// <summary>Offset of the last record, as <see cref="FirstOffset"/>.</summary>
    public long LastOffset { get; init; }

    /// <summary>Greatest timestamp of the batches in milliseconds since 1970, for a duplicate of the batch in the log; -1 for none.</summary>
    public long MaxTimestamp { get; init; }

    /// <summary>Start offset of the log, for the answer to the producer.</summary>
    public long LogStartOffset { get; init; }

    /// <summary>Bytes appended.</summary>
    public int Bytes { get; init; }

    /// <summary>Whether the append closed a segment, so that a flush in the background is due.</summary>
    public bool Rolled { get; init; }
}
