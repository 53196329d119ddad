using System.Buffers.Binary;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Benchmarks.Driving;

/// <summary>Fetch requests without a session, and a short look at their answers.</summary>
internal static class FetchRequests
{
    /// <summary>After correlation id, tags, throttle time, error, session, counts, topic id and index.</summary>
    private const int PartitionErrorAt = 4 + 1 + 4 + 2 + 4 + 1 + 16 + 1 + 4;

    /// <summary>After the error: high watermark, last stable offset, log start, aborted transactions (null), preferred replica.</summary>
    private const int RecordsAt = PartitionErrorAt + 2 + 8 + 8 + 8 + 1 + 4;

    internal static FetchRequest Make(Uuid topic, IEnumerable<int> partitions, int bytesMax, int minBytes) => new()
    {
        ReplicaId = -1,
        MaxWaitMs = 500,
        MinBytes = minBytes,
        MaxBytes = 50 * 1024 * 1024,
        SessionEpoch = -1,
        Topics = [new() { TopicId = topic, Partitions = [.. partitions.Select(p => new FetchRequest.FetchPartition { Partition = p, PartitionMaxBytes = bytesMax, CurrentLeaderEpoch = -1 })] }],
    };

    /// <summary>How many bytes of records an answer for one partition holds.</summary>
    /// <param name="head">The beginning of the answer, without its length.</param>
    /// <param name="length">The length of the answer.</param>
    internal static int RecordsLength(ReadOnlyMemory<byte> head, int length)
    {
        ReadOnlySpan<byte> bytes = head.Span;
        var error = (ErrorCode)BinaryPrimitives.ReadInt16BigEndian(bytes[9..]);
        if (error == ErrorCode.None) error = (ErrorCode)BinaryPrimitives.ReadInt16BigEndian(bytes[PartitionErrorAt..]);
        if (error != ErrorCode.None) throw new InvalidOperationException($"a fetch failed: {error}");
        int size = 0;
        int at = RecordsAt;
        for (int shift = 0; ; shift += 7)
        {
            size |= (bytes[at] & 0x7F) << shift;
            if ((bytes[at++] & 0x80) == 0) break;
        }
        return size - 1 <= length - at ? Math.Max(0, size - 1) : throw new InvalidDataException($"an answer to Fetch of {length} bytes claims {size - 1} bytes of records");
    }
}
