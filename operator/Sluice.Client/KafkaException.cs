using Sluice.Protocol;

namespace Sluice.Client;

/// <summary>A broker refused a request: its error code, and its own words where it gave some.</summary>
public class KafkaException(ErrorCode code, string message) : Exception($"{message} ({code})")
{
    /// <summary>The error that the broker answered.</summary>
    public ErrorCode Code { get; } = code;

    /// <summary>Whether the same request may succeed when it is sent again, after metadata was asked for anew.</summary>
    public bool IsRetriable => ErrorCodes.IsRetriable(Code);

    internal static void ThrowIfError(ErrorCode code, string? message, string what)
    {
        if (code != ErrorCode.None) throw For(code, message, what);
    }

    internal static KafkaException For(ErrorCode code, string? message, string what) =>
        new(code, string.IsNullOrEmpty(message) ? $"{what} failed" : $"{what}: {message}");
}

/// <summary>No broker could be reached, or a connection broke before the answer came: the request may or may not have been carried out.</summary>
public sealed class BrokerUnreachableException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>
/// Records that a consumer had read were cut off its partition's log, by an election of a replica that lacked them (KIP-320). The
/// consumer goes on once the program seeks in the partition; with a reset rule other than None it would have gone on by itself.
/// </summary>
public sealed class LogTruncationException : KafkaException
{
    internal LogTruncationException(TopicPartition partition, OffsetAndEpoch position, OffsetAndEpoch? divergence)
        : base(ErrorCode.OffsetOutOfRange, Text(partition, position, divergence))
    {
        Partition = partition;
        Position = position;
        Divergence = divergence;
    }

    /// <summary>The partition that lost records.</summary>
    public TopicPartition Partition { get; }

    /// <summary>Where the consumer was.</summary>
    public OffsetAndEpoch Position { get; }

    /// <summary>The first offset from which on the log differs from what was read: the place to seek to. Null when the broker does not know.</summary>
    public OffsetAndEpoch? Divergence { get; }

    private static string Text(TopicPartition partition, OffsetAndEpoch position, OffsetAndEpoch? divergence)
    {
        string lost = divergence is { } at ? $"records from offset {at.Offset} up to {position.Offset - 1} that were read are gone: seek to {at.Offset}" : "how many of the records read are gone is unknown: seek to where to go on";
        return $"the log of {partition} was truncated behind this consumer, which is at offset {position.Offset} of epoch {position.LeaderEpoch}; {lost}";
    }
}
