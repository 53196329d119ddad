using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Sluice.Core.Producing;

/// <summary>What a topic's configuration demands of batches; made once when the configuration changes. Names are Kafka's, in camel case.</summary>
internal sealed record AppendRules
{
    /// <summary><c>max.message.bytes</c>: the largest batch, in bytes.</summary>
    public int MaxMessageBytes { get; init; } = 1_048_588;

    /// <summary><c>segment.bytes</c>: a batch must fit into one segment.</summary>
    public int SegmentBytes { get; init; } = 1 << 30;

    /// <summary><c>message.timestamp.type</c>.</summary>
    public TimestampType TimestampType { get; init; }

    /// <summary><c>message.timestamp.before.max.ms</c>: how far a record's timestamp may lie in the past.</summary>
    public long TimestampBeforeMaxMs { get; init; } = long.MaxValue;

    /// <summary><c>message.timestamp.after.max.ms</c>: how far a record's timestamp may lie in the future.</summary>
    public long TimestampAfterMaxMs { get; init; } = 3_600_000;

    /// <summary>Whether <c>cleanup.policy</c> contains compact, so that a record without key has no meaning.</summary>
    public bool RequiresKeys { get; init; }

    /// <summary><c>compression.type</c>; null for <c>producer</c>: batches stay as they came.</summary>
    public CompressionCodec? Compression { get; init; }

    /// <summary>The level for <see cref="Compression"/>; null for the codec's default.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>The codec in which a batch that came in <paramref name="codec"/> is stored.</summary>
    public CompressionCodec TargetCodec(CompressionCodec codec) => Compression ?? codec;
}
