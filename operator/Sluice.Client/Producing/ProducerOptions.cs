using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Sluice.Client.Producing;

/// <summary>Who must have a record before it counts as delivered (<c>acks</c>); the numbers are the protocol's.</summary>
public enum Acks : short
{
    /// <summary>Every in-sync replica. The only one with which an idempotent producer works.</summary>
    All = -1,

    /// <summary>Nobody: the record counts as delivered when it was handed to the network. Its offset stays unknown.</summary>
    None = 0,

    /// <summary>The leader alone.</summary>
    Leader = 1,
}

/// <summary>How a <see cref="Producer"/> batches, repeats and partitions. Names in parentheses are Kafka's.</summary>
public sealed record ProducerOptions : ClientOptions
{
    /// <summary>The most records that one batch holds.</summary>
    internal const int BatchRecordsMax = 65_536;

    private const int LeastBatchBytes = 512;

    /// <summary>Who must have a record before it counts as delivered (<c>acks</c>).</summary>
    public Acks Acks { get; init; } = Acks.All;

    /// <summary>Whether brokers drop what a repetition brings twice and keep the order (<c>enable.idempotence</c>, KIP-98).</summary>
    public bool EnableIdempotence { get; init; } = true;

    /// <summary>How long a batch that is not full waits for more records (<c>linger.ms</c>).</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Bytes, before compression, after which a batch is full (<c>batch.size</c>). Memory is taken as a batch grows.</summary>
    public int BatchBytes { get; init; } = 256 * 1024;

    /// <summary>Memory for batches that are not delivered yet (<c>buffer.memory</c>). When it is used up, sending waits.</summary>
    public long BufferBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>How long sending may wait for memory or for the topic to be known (<c>max.block.ms</c>).</summary>
    public TimeSpan MaxBlock { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long after it was sent a record counts as failed when nobody acknowledged it (<c>delivery.timeout.ms</c>). Checked between
    /// attempts, so a failure may come later by up to one <see cref="ClientOptions.RequestTimeout"/>.
    /// </summary>
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How often a batch is repeated at most (<c>retries</c>); the delivery time-out usually ends it before.</summary>
    public int Retries { get; init; } = int.MaxValue;

    /// <summary>Requests to one broker whose answers are outstanding (<c>max.in.flight.requests.per.connection</c>); 5 at most with idempotence.</summary>
    public int MaxInFlight { get; init; } = 5;

    /// <summary>Codec of the batches (<c>compression.type</c>).</summary>
    public CompressionCodec Compression { get; init; } = CompressionCodec.None;

    /// <summary>Level of the codec (<c>compression.*.level</c>); null for its default.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>The largest record, in bytes as encoded (<c>max.request.size</c> as it counts for one record).</summary>
    public int RecordBytesMax { get; init; } = 1024 * 1024;

    /// <summary>Bytes of batches after which a request is closed; one batch always goes.</summary>
    public int RequestBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>Chooses the partition of records that name none.</summary>
    public Partitioner Partitioner { get; init; } = Partitioner.Murmur2;

    internal void Validate()
    {
        if (EnableIdempotence && Acks != Acks.All)
            throw Bad(nameof(Acks), Acks, $"an idempotent producer needs {Acks.All}: choose it, or turn {nameof(EnableIdempotence)} off");
        if (MaxInFlight < 1 || (EnableIdempotence && MaxInFlight > 5))
            throw Bad(nameof(MaxInFlight), MaxInFlight, "choose 1 to 5, which is how many batches a broker remembers of an idempotent producer");
        if (BatchBytes < LeastBatchBytes) throw Bad(nameof(BatchBytes), BatchBytes, $"choose at least {LeastBatchBytes}");
        if (RecordBytesMax is < 1 or > 1 << 30) throw Bad(nameof(RecordBytesMax), RecordBytesMax, "choose 1 to 1073741824");
        if (BufferBytes < (long)RecordBytesMax + RecordBatch.HeaderSize || BufferBytes < BatchBytes)
            throw Bad(nameof(BufferBytes), BufferBytes, $"choose at least {nameof(BatchBytes)} and {nameof(RecordBytesMax)}: a batch must fit");
        if (DeliveryTimeout < Linger + RequestTimeout)
            throw Bad(nameof(DeliveryTimeout), DeliveryTimeout, $"choose at least {nameof(Linger)} + {nameof(RequestTimeout)}, so that one attempt fits");
        if (Retries < 0) throw Bad(nameof(Retries), Retries, "choose 0 or more");
        if (!Enum.IsDefined(Compression)) throw Bad(nameof(Compression), Compression, "choose a codec that batches know");
    }

    private static ArgumentException Bad(string name, object value, string advice) => new($"{name} is {value}: {advice}.", name);
}
