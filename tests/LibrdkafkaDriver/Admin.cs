using System.Text.RegularExpressions;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace LibrdkafkaDriver;

internal sealed record AdminOptions(string Bootstrap, string Topic, string Group);

/// <summary>The admin calls of the scenario, one after another, and what came of each.</summary>
internal sealed partial class Admin(IAdminClient client, AdminOptions o)
{
    private const int Records = 10;
    private const int DeletedBefore = 4;
    private const int Committed = 7;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Dictionary<string, object> _results = [];

    private TopicPartition First => new(o.Topic, 0);

    public static async Task RunAsync(AdminOptions o)
    {
        using IAdminClient client = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = o.Bootstrap }).Build();
        var admin = new Admin(client, o);
        await admin.TopicsAsync();
        await admin.RecordsAsync();
        await admin.GroupsAsync();
        await admin.DeletionAsync();
        Output.Say(admin._results);
    }

    private async Task TopicsAsync()
    {
        await client.CreateTopicsAsync([new TopicSpecification { Name = o.Topic, NumPartitions = 3, ReplicationFactor = 1, Configs = new() { ["retention.ms"] = "3600000" } }]);
        try
        {
            await client.CreateTopicsAsync([new TopicSpecification { Name = o.Topic, NumPartitions = 3, ReplicationFactor = 1 }]);
        }
        catch (CreateTopicsException e)
        {
            _results["createdTwice"] = KafkasName(e.Results[0].Error.Code);
        }

        _results["listed"] = IsListed();
        await client.CreatePartitionsAsync([new PartitionsSpecification { Topic = o.Topic, IncreaseTo = 5 }]);
        _results["partitions"] = client.GetMetadata(o.Topic, Patience).Topics.Single().Partitions.Count;
        _results["retention"] = await RetentionAsync();
        await client.IncrementalAlterConfigsAsync(new() { [Resource] = [new ConfigEntry { Name = "retention.ms", Value = "7200000", IncrementalOperation = AlterConfigOpType.Set }] });
        _results["retentionChanged"] = await RetentionAsync();
        _results["brokers"] = (await client.DescribeClusterAsync()).Nodes.Count;
    }

    private async Task RecordsAsync()
    {
        using (IProducer<Null, string> producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = o.Bootstrap }).Build())
        {
            for (int i = 0; i < Records; i++) await producer.ProduceAsync(First, new Message<Null, string> { Value = $"{i}" });
        }

        _results["latest"] = await OffsetAsync(OffsetSpec.Latest());
        _results["lowWatermark"] = (await client.DeleteRecordsAsync([new TopicPartitionOffset(First, DeletedBefore)])).Single().Offset.Value;
        _results["earliest"] = await OffsetAsync(OffsetSpec.Earliest());
    }

    private async Task GroupsAsync()
    {
        await client.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(o.Group, [new TopicPartitionOffset(First, Committed)])]);
        _results["committed"] = (await client.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(o.Group, [First])])).Single().Partitions.Single().Offset.Value;
        _results["groupListed"] = await IsGroupListedAsync();
        _results["groupState"] = (await client.DescribeConsumerGroupsAsync([o.Group])).ConsumerGroupDescriptions.Single().State.ToString().ToLowerInvariant();
        await client.DeleteGroupsAsync([o.Group]);
        _results["groupDeleted"] = !await IsGroupListedAsync();
    }

    private async Task DeletionAsync()
    {
        await client.DeleteTopicsAsync([o.Topic], new DeleteTopicsOptions { OperationTimeout = Patience });
        _results["deleted"] = !IsListed();
    }

    private ConfigResource Resource => new() { Type = ResourceType.Topic, Name = o.Topic };

    private async Task<string> RetentionAsync() => (await client.DescribeConfigsAsync([Resource])).Single().Entries["retention.ms"].Value;

    private async Task<long> OffsetAsync(OffsetSpec spec) =>
        (await client.ListOffsetsAsync([new TopicPartitionOffsetSpec { TopicPartition = First, OffsetSpec = spec }])).ResultInfos.Single().TopicPartitionOffsetError.Offset.Value;

    private bool IsListed() => client.GetMetadata(Patience).Topics.Any(t => t.Topic == o.Topic);

    private async Task<bool> IsGroupListedAsync() => (await client.ListConsumerGroupsAsync()).Valid.Any(g => g.GroupId == o.Group);

    /// <summary>TOPIC_ALREADY_EXISTS for TopicAlreadyExists, as the protocol and the other clients say.</summary>
    private static string KafkasName(ErrorCode code) => WordStart().Replace($"{code}", "_").ToUpperInvariant();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}
