using Sluice.Protocol;

namespace Sluice.Storage.Logs;

/// <summary>What a read found.</summary>
/// <param name="Records">
/// A region of a segment's file that begins with the batch of the offset asked for. Its last batch may be cut, as in Kafka.
/// Retained: whoever consumes it releases it. Empty (in memory) when there is nothing to read.
/// </param>
/// <param name="BaseOffset">Base offset of the first batch; may lie below the offset asked for. The offset itself when empty.</param>
/// <param name="FirstBatchTooLarge">Whether there is nothing only because the first batch is larger than what was allowed.</param>
/// <param name="Withheld">Bytes that a reader may have and was not given here: of a batch that was too large, or <see cref="int.MaxValue"/> where more lies in the next segment.</param>
/// <param name="Cold">What has to be brought into memory first; null when the read was done, or might wait for the device.</param>
public readonly record struct LogSlice(Records Records, long BaseOffset, bool FirstBatchTooLarge = false, int Withheld = 0, ColdRead? Cold = null);

/// <summary>An offset found by time.</summary>
/// <param name="Timestamp">Timestamp of the record, milliseconds since 1970.</param>
/// <param name="Offset">Offset of the record.</param>
/// <param name="LeaderEpoch">Leader epoch of its batch, -1 when unknown.</param>
public readonly record struct TimestampOffset(long Timestamp, long Offset, int LeaderEpoch);
