using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Producing;

/// <summary>What a broker said of one batch.</summary>
internal readonly record struct BatchAnswer(ErrorCode Error, string? Message, long BaseOffset, long LogAppendTimeMs);

/// <summary>One Produce request: the batches in it, and their answers found again.</summary>
internal sealed class ProduceExchange(KafkaConnection connection, ProducerOptions options, IReadOnlyList<ProducerBatch> batches)
{
    /// <summary>From this version on topics go by their id (KIP-516).</summary>
    private const short TopicIdVersion = 13;

    private readonly Dictionary<(string Topic, int Partition), BatchAnswer> _answers = [];

    public IReadOnlyList<ProducerBatch> Batches => batches;

    public int ThrottleMs { get; private set; }

    /// <summary>Sends the batches and waits for the answer.</summary>
    /// <param name="idOf">The id of a topic; zero where the brokers gave none.</param>
    /// <param name="cancellation">The producer is closed.</param>
    public async Task RunAsync(Func<string, Uuid> idOf, CancellationToken cancellation)
    {
        short version = connection.VersionFor(ApiKey.Produce);
        if (version >= TopicIdVersion && batches.Any(b => idOf(b.Queue.Partition.Topic) == Uuid.Zero)) version = TopicIdVersion - 1;
        var names = new Dictionary<Uuid, string>();
        ProduceRequest request = Build(version, idOf, names);
        if (options.Acks == Acks.None)
        {
            await connection.SendOneWayAsync(request, version, cancellation).ConfigureAwait(false);
            foreach (ProducerBatch batch in batches) Add(batch.Queue.Partition, new BatchAnswer(ErrorCode.None, null, -1, -1));
            return;
        }

        ProduceResponse response = await connection.SendAsync(request, version, cancellation).ConfigureAwait(false);
        ThrottleMs = response.ThrottleTimeMs;
        foreach (ProduceResponse.TopicProduceResponse topic in response.Responses)
        {
            string? name = version >= TopicIdVersion ? names.GetValueOrDefault(topic.TopicId) : topic.Name;
            if (name is null) continue;
            foreach (ProduceResponse.PartitionProduceResponse p in topic.PartitionResponses) Add(new TopicPartition(name, p.Index), Answer(p));
        }
    }

    /// <summary>The broker's word on a batch.</summary>
    public BatchAnswer AnswerFor(ProducerBatch batch) =>
        _answers.TryGetValue((batch.Queue.Partition.Topic, batch.Queue.Partition.Partition), out BatchAnswer answer)
            ? answer
            : new BatchAnswer(ErrorCode.NetworkException, "the broker's answer does not mention the partition", -1, -1);

    private void Add(TopicPartition partition, BatchAnswer answer) => _answers[(partition.Topic, partition.Partition)] = answer;

    private static BatchAnswer Answer(ProduceResponse.PartitionProduceResponse partition)
    {
        string? message = partition.ErrorMessage;
        if (partition.RecordErrors is { Count: > 0 } records)
        {
            string first = $"record {records[0].BatchIndex} of the batch: {records[0].BatchIndexErrorMessage ?? "refused"}";
            message = string.IsNullOrEmpty(message) ? first : $"{message} ({first})";
        }

        return new BatchAnswer(partition.ErrorCode, message, partition.BaseOffset, partition.LogAppendTimeMs);
    }

    private ProduceRequest Build(short version, Func<string, Uuid> idOf, Dictionary<Uuid, string> names)
    {
        var topics = new Dictionary<string, ProduceRequest.TopicProduceData>();
        foreach (ProducerBatch batch in batches)
        {
            string name = batch.Queue.Partition.Topic;
            if (!topics.TryGetValue(name, out ProduceRequest.TopicProduceData? topic))
            {
                topics[name] = topic = new ProduceRequest.TopicProduceData();
                if (version >= TopicIdVersion) names[topic.TopicId = idOf(name)] = name;
                else topic.Name = name;
            }

            topic.PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = batch.Queue.Partition.Partition, Records = MemoryRecords.Of(batch.Bytes) });
        }

        return new ProduceRequest { Acks = (short)options.Acks, TimeoutMs = (int)options.RequestTimeout.TotalMilliseconds, TopicData = [.. topics.Values] };
    }
}
