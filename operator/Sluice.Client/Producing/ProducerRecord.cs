using Sluice.Protocol.Batches;

namespace Sluice.Client.Producing;

/// <summary>A record to be sent.</summary>
public readonly struct ProducerRecord
{
    /// <summary>A record of arrays; a null array is a null key or value.</summary>
    public ProducerRecord(string topic, byte[]? key, byte[]? value)
        : this(topic, key is null ? null : (ReadOnlyMemory<byte>?)key, value is null ? null : (ReadOnlyMemory<byte>?)value)
    {
    }

    /// <summary>A record of memory that stays unchanged until it was sent (see <see cref="Producer.SendAsync"/>).</summary>
    public ProducerRecord(string topic, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value)
    {
        Topic = topic;
        Key = key;
        Value = value;
    }

    /// <summary>The topic's name.</summary>
    public string Topic { get; }

    /// <summary>Key or null.</summary>
    public ReadOnlyMemory<byte>? Key { get; }

    /// <summary>Value, or null: in a compacted topic a null value deletes its key.</summary>
    public ReadOnlyMemory<byte>? Value { get; }

    /// <summary>Headers in their order (KIP-82).</summary>
    public ReadOnlyMemory<RecordHeader> Headers { get; init; }

    /// <summary>The partition; null lets the producer's <see cref="Partitioner"/> choose.</summary>
    public int? Partition { get; init; }

    /// <summary>Milliseconds since 1970; null for now.</summary>
    public long? TimestampMs { get; init; }
}
