using Sluice.Core.Metadata.Images;
using Sluice.Core.Tests.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Metadata;

/// <summary>Random changes, snapshots, stops and crashes, beside a model that keeps nothing but what was answered.</summary>
public sealed class MetadataModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_was_answered_is_there_after_any_stop(int seed)
    {
        var random = new Random(seed);
        using var node = new TestNode(shards: 2, properties: [("metadata.log.max.record.bytes.between.snapshots", "1500"), ("metadata.max.retention.bytes", "6000"), ("metadata.log.segment.ms", "5000")]);
        var model = new SortedDictionary<string, ModelTopic>(StringComparer.Ordinal);
        for (int step = 0; step < 150; step++)
        {
            node.Clock.NowMs += random.Next(2000);
            switch (random.Next(10))
            {
                case 0: node.Restart(); break;
                case 1: node.Crash(); break;
                case 2 or 3: Delete(node, model, random); break;
                case 4: Grow(node, model, random); break;
                case 5 or 6: Alter(node, model, random); break;
                default: Create(node, model, random); break;
            }
            Assert.True(Describe(node) == Describe(model), $"seed {seed}, step {step}:\n{Describe(node)}\nis not\n{Describe(model)}");
        }
    }

    private static string Describe(TestNode node) => string.Join('\n', node.Image.Topics.All.Select(t =>
        $"{t.Name} {t.Id} {t.Partitions.Length} {string.Join(' ', node.Image.Configs.Of(ConfigResource.Topic(t.Name)).Select(c => $"{c.Key}={c.Value}"))}"));

    private static string Describe(SortedDictionary<string, ModelTopic> model) => string.Join('\n', model.Select(t =>
        $"{t.Key} {t.Value.Id} {t.Value.Partitions} {string.Join(' ', t.Value.Configs.Select(c => $"{c.Key}={c.Value}"))}"));

    private static string? Pick(SortedDictionary<string, ModelTopic> model, Random random) => model.Count == 0 ? null : model.Keys.ElementAt(random.Next(model.Count));

    private static void Create(TestNode node, SortedDictionary<string, ModelTopic> model, Random random)
    {
        string name = $"t{random.Next(12)}";
        int partitions = random.Next(1, 4);
        var request = new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }], TimeoutMs = 1000 };
        CreateTopicsResponse.CreatableTopicResult result = node.Ask(request, 7, random.Next(2)).Topics[0];
        Assert.Equal(model.ContainsKey(name) ? ErrorCode.TopicAlreadyExists : ErrorCode.None, result.ErrorCode);
        if (result.ErrorCode == ErrorCode.None) model.Add(name, new(result.TopicId, partitions, new(StringComparer.Ordinal)));
    }

    private static void Delete(TestNode node, SortedDictionary<string, ModelTopic> model, Random random)
    {
        if (Pick(model, random) is not { } name) return;
        DeleteTopicsRequest.DeleteTopicState topic = random.Next(2) == 0 ? new() { Name = name } : new() { Name = null, TopicId = model[name].Id };
        Assert.Equal(ErrorCode.None, node.Ask(new DeleteTopicsRequest { Topics = [topic], TimeoutMs = 1000 }, 6, random.Next(2)).Responses[0].ErrorCode);
        model.Remove(name);
    }

    private static void Grow(TestNode node, SortedDictionary<string, ModelTopic> model, Random random)
    {
        if (Pick(model, random) is not { } name) return;
        int count = model[name].Partitions + random.Next(1, 3);
        var request = new CreatePartitionsRequest { Topics = [new() { Name = name, Count = count, Assignments = null }], TimeoutMs = 1000 };
        Assert.Equal(ErrorCode.None, node.Ask(request, 3, random.Next(2)).Results[0].ErrorCode);
        model[name] = model[name] with { Partitions = count };
    }

    private static void Alter(TestNode node, SortedDictionary<string, ModelTopic> model, Random random)
    {
        if (Pick(model, random) is not { } name) return;
        string setting = random.Next(2) == 0 ? "flush.ms" : "retention.bytes";
        string? value = random.Next(3) == 0 ? null : random.Next(1, 5).ToString();
        var edit = new IncrementalAlterConfigsRequest.AlterableConfig { Name = setting, ConfigOperation = (sbyte)(value is null ? 1 : 0), Value = value };
        var request = new IncrementalAlterConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = name, Configs = [edit] }] };
        Assert.Equal(ErrorCode.None, node.Ask(request, 1, random.Next(2)).Responses[0].ErrorCode);
        if (value is null) model[name].Configs.Remove(setting);
        else model[name].Configs[setting] = value;
    }

    private sealed record ModelTopic(Uuid Id, int Partitions, SortedDictionary<string, string> Configs);
}
