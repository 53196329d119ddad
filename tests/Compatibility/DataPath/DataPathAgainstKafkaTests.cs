using Sluice.Client;
using Sluice.Client.Admin;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Support;

namespace Compatibility.DataPath;

/// <summary>Produce, Fetch and ListOffsets answer as Apache Kafka does: the same requests are sent to both, and the answers compared.</summary>
public sealed class DataPathAgainstKafkaTests
{
    [SkippableFact]
    public async Task Every_answer_is_the_one_that_Kafka_gives()
    {
        using var kafka = new KafkaServer();
        using var sluice = new TestBroker();
        Dictionary<string, string> expected = await AnswersAsync(kafka.Bootstrap);
        Dictionary<string, string> actual = await AnswersAsync(sluice.Bootstrap);
        Assert.Equal(expected.Keys, actual.Keys);
        string[] wrong = [.. expected.Where(e => e.Value != actual[e.Key]).Select(e => $"{e.Key}\n  Kafka:  {e.Value}\n  Sluice: {actual[e.Key]}")];
        Assert.True(wrong.Length == 0, $"{wrong.Length} of {expected.Count} answers differ:\n{string.Join('\n', wrong)}");
    }

    private static async Task<Dictionary<string, string>> AnswersAsync(string bootstrap)
    {
        var ids = new Dictionary<string, Uuid>();
        await using (var admin = new AdminClient(new ClientOptions { BootstrapServers = bootstrap }))
        {
            NewTopic[] topics = [.. Cases.Topics.Select(t => new NewTopic(t.Name, t.Partitions, 1, t.Settings.ToDictionary(s => s.Item1, s => s.Item2)))];
            foreach ((string name, var outcome) in await admin.CreateTopicsAsync(topics)) ids[name] = outcome.Get();
        }
        await using KafkaConnection first = await KafkaConnection.ConnectAsync(BrokerAddress.Parse(bootstrap), new ClientOptions { BootstrapServers = bootstrap });
        foreach ((string name, int partitions, _) in Cases.Topics) await LedAsync(first, name, partitions);
        var answers = new Dictionary<string, string>();
        foreach ((string name, IRequest request, short version) in Cases.All(name => ids.GetValueOrDefault(name)))
        {
            await using KafkaConnection connection = await KafkaConnection.ConnectAsync(BrokerAddress.Parse(bootstrap), new ClientOptions { BootstrapServers = bootstrap });
            answers.Add(name, await AnswerAsync(connection, request, version));
        }
        return answers;
    }

    /// <summary>Waits until a broker leads what it was just told to create: Kafka answers before it does.</summary>
    private static async Task LedAsync(KafkaConnection connection, string topic, int partitions)
    {
        for (int attempt = 0; ; attempt++)
        {
            ListOffsetsResponse response = await connection.SendAsync(
                new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = topic, Partitions = [.. Enumerable.Range(0, partitions).Select(i => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = i, Timestamp = -1 })] }] }, 5);
            if (response.Topics[0].Partitions.All(p => p.ErrorCode == ErrorCode.None)) return;
            Assert.True(attempt < 200, $"{topic} has no leader: {response.Topics[0].Partitions[0].ErrorCode}");
            await Task.Delay(50);
        }
    }

    private static async Task<string> AnswerAsync(KafkaConnection connection, IRequest request, short version)
    {
        try
        {
            return request switch
            {
                ProduceRequest produce => Describe(await connection.SendAsync(produce, version)),
                ListOffsetsRequest list => Describe(await connection.SendAsync(list, version)),
                FetchRequest fetch => Describe(await connection.SendAsync(fetch, version)),
                _ => throw new InvalidOperationException(),
            };
        }
        catch (BrokerUnreachableException)
        {
            return "connection closed";
        }
    }

    private static string Describe(ProduceResponse response)
    {
        ProduceResponse.PartitionProduceResponse answer = response.Responses[0].PartitionResponses[0];
        return $"{answer.ErrorCode} at {answer.BaseOffset}, append time {(answer.LogAppendTimeMs < 0 ? "none" : "given")}, start {answer.LogStartOffset}, records {string.Join(' ', answer.RecordErrors.Select(e => e.BatchIndex))}";
    }

    private static string Describe(ListOffsetsResponse response)
    {
        ListOffsetsResponse.ListOffsetsPartitionResponse answer = response.Topics[0].Partitions[0];
        return $"{answer.ErrorCode} {answer.Offset} {(answer.Timestamp > 0 ? "timestamp" : answer.Timestamp)} epoch {answer.LeaderEpoch}";
    }

    private static string Describe(FetchResponse response)
    {
        string text = $"{response.ErrorCode} session {(response.SessionId == 0 ? "none" : "some")}";
        foreach (FetchResponse.FetchableTopicResponse topic in response.Responses)
        {
            foreach (FetchResponse.PartitionData data in topic.Partitions)
            {
                text += $" [{topic.Topic}-{data.PartitionIndex} {data.ErrorCode} high {data.HighWatermark} stable {data.LastStableOffset} start {data.LogStartOffset} aborted {data.AbortedTransactions?.Count} "
                    + $"replica {data.PreferredReadReplica} diverging {data.DivergingEpoch?.Epoch} {data.DivergingEpoch?.EndOffset} records {(data.Records.IsNull ? "null" : data.Records.Length)}]";
            }
        }
        return text;
    }
}
