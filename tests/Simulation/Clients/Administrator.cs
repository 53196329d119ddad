using System.Globalization;
using Simulation.Models;
using Simulation.Runs;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Simulation.Clients;

/// <summary>Creates, grows, configures and deletes topics, one change at a time.</summary>
internal sealed class Administrator(World world) : SimClient(world, "administrator")
{
    private const int TopicsMax = 5;
    private const int PartitionsMax = 6;
    private bool? _flushedFirst;
    private string? _createNext;

    /// <inheritdoc/>
    public override void Act()
    {
        if (Outstanding > 0 || World.Model.Pending is not null) return;
        if (_createNext is { } again)
        {
            // At once, while the directory of the old one is still there under another name.
            _createNext = null;
            Create(again);
            return;
        }
        TopicModel? topic = World.Model.Pick(World.Random);
        if (topic is null || (World.Model.Topics.Count < TopicsMax && World.Random.Next(3) == 0)) Create($"topic{World.Random.Next(TopicsMax + 2)}");
        else if (World.Random.Next(6) == 0) Delete(topic);
        else if (World.Random.Next(3) == 0 && topic.Partitions.Count < PartitionsMax) Grow(topic);
        else if (World.Random.Next(2) == 0) Configure(topic);
    }

    /// <inheritdoc/>
    public override bool Uses(string topic) => false;

    /// <inheritdoc/>
    protected override void Disconnected()
    {
        // The outcome of the change stays open until the broker is asked after its restart.
    }

    private void Create(string name)
    {
        // Names come back after a deletion: the new topic must have nothing of the old one. Clients that speak by name could not tell them
        // apart, so a name waits until they have given it up; those that speak by id go on with the topic that is gone.
        if (World.Model.Topics.ContainsKey(name) || World.NamesOnTheirWay.Contains(name) || World.Clients.Exists(client => client.Uses(name))) return;
        int partitions = World.Random.Next(1, 4);
        var settings = Settings();
        World.Model.Pending = new PendingChange(PendingKind.Create, name) { Partitions = partitions, Settings = settings };
        World.Trace.Note($"create {name} {partitions} {string.Join(' ', settings)}");
        var request = new CreateTopicsRequest
        {
            TimeoutMs = 10_000,
            Topics =
            [
                new CreateTopicsRequest.CreatableTopic
                {
                    Name = name, NumPartitions = partitions, ReplicationFactor = 1,
                    Configs = [.. settings.Select(s => new CreateTopicsRequest.CreatableTopicConfig { Name = s.Key, Value = s.Value })],
                },
            ],
        };
        Send<CreateTopicsResponse>(request, 7, response =>
        {
            CreateTopicsResponse.CreatableTopicResult result = response.Topics[0];
            Done(result.ErrorCode, result.ErrorMessage, change =>
            {
                Apply(World.Model, change, result.TopicId, World.Clock.NowMs);
                World.Durability.TopicIsMade(name, partitions);
            });
        });
    }

    private void Delete(TopicModel topic)
    {
        World.Model.Pending = new PendingChange(PendingKind.Delete, topic.Name);
        World.Trace.Note($"delete {topic.Name}");
        _createNext = World.Random.Next(2) == 0 ? topic.Name : null;
        // A deletion of records that is being written while the topic goes, and another one takes its name.
        if (_createNext is not null) World.Clients.OfType<RecordDeleter>().First().Hurry(topic);
        var request = new DeleteTopicsRequest { TimeoutMs = 10_000, Topics = [new DeleteTopicsRequest.DeleteTopicState { Name = null, TopicId = topic.Id }] };
        Send<DeleteTopicsResponse>(request, 6, response =>
        {
            Done(response.Responses[0].ErrorCode, response.Responses[0].ErrorMessage, change => Apply(World.Model, change, topic.Id, World.Clock.NowMs));
            if (World.Model.Topics.ContainsKey(topic.Name)) _createNext = null;
            // The administrator is the only one who can be at once.
            else Act();
        });
    }

    private void Grow(TopicModel topic)
    {
        int count = topic.Partitions.Count + World.Random.Next(1, 3);
        World.Model.Pending = new PendingChange(PendingKind.Grow, topic.Name) { Partitions = count };
        World.Trace.Note($"grow {topic.Name} {count}");
        var request = new CreatePartitionsRequest { TimeoutMs = 10_000, Topics = [new CreatePartitionsRequest.CreatePartitionsTopic { Name = topic.Name, Count = count, Assignments = null }] };
        Send<CreatePartitionsResponse>(request, 3, response => Done(response.Results[0].ErrorCode, response.Results[0].ErrorMessage, change => Apply(World.Model, change, topic.Id, World.Clock.NowMs)));
    }

    private void Configure(TopicModel topic)
    {
        var settings = Settings();
        World.Model.Pending = new PendingChange(PendingKind.Configure, topic.Name) { Settings = settings };
        World.Trace.Note($"configure {topic.Name} {string.Join(' ', settings)}");
        _flushedFirst = topic.FlushesFirst;
        topic.FlushesFirst = null;
        topic.Settings.Asked(settings, World.Clock.NowMs);
        var request = new IncrementalAlterConfigsRequest
        {
            Resources =
            [
                new IncrementalAlterConfigsRequest.AlterConfigsResource
                {
                    ResourceType = 2, ResourceName = topic.Name,
                    Configs = [.. settings.Select(s => new IncrementalAlterConfigsRequest.AlterableConfig { Name = s.Key, ConfigOperation = 0, Value = s.Value })],
                },
            ],
        };
        Send<IncrementalAlterConfigsResponse>(request, 1, response => Done(response.Responses[0].ErrorCode, response.Responses[0].ErrorMessage, change => Apply(World.Model, change, topic.Id, World.Clock.NowMs)));
    }

    private void Done(ErrorCode error, string? message, Action<PendingChange> apply)
    {
        PendingChange change = World.Model.Pending!;
        World.Trace.Note($"{change.Kind} {change.Topic}: {error}");
        if (error == ErrorCode.KafkaStorageError && World.DiskHasStruck)
        {
            // Refused as a whole: nothing has changed.
            if (change.Kind == PendingKind.Configure) Undo(World.Model, change, _flushedFirst, World.Clock.NowMs);
            World.Model.Pending = null;
            return;
        }
        if (error != ErrorCode.None) throw new Violation($"{change.Kind} {change.Topic} was answered {error} {message}");
        World.Model.Pending = null;
        apply(change);
    }

    /// <summary>Takes back what the model expects of a change of settings that has not happened.</summary>
    public static void Undo(ClusterModel model, PendingChange change, bool? flushedFirst, long nowMs)
    {
        TopicModel topic = model.Require(change.Topic);
        topic.FlushesFirst = flushedFirst;
        topic.Settings.Refused(nowMs);
    }

    /// <summary>Takes a change that has happened into the model.</summary>
    public static void Apply(ClusterModel model, PendingChange change, Uuid topicId, long nowMs)
    {
        switch (change.Kind)
        {
            case PendingKind.Create:
                var created = new TopicModel(change.Topic, topicId, change.Partitions);
                model.Topics.Add(change.Topic, created);
                created.Settings.Asked(change.Settings, 0);
                ApplySettings(created, change.Settings, nowMs);
                break;
            case PendingKind.Delete:
                model.Topics.Remove(change.Topic);
                break;
            case PendingKind.Grow:
                model.Require(change.Topic).GrowTo(change.Partitions);
                break;
            default:
                ApplySettings(model.Require(change.Topic), change.Settings, nowMs);
                break;
        }
    }

    private static void ApplySettings(TopicModel topic, IReadOnlyDictionary<string, string> settings, long nowMs)
    {
        topic.FlushesFirst = settings.TryGetValue("flush.messages", out string? value) && value == "1";
        if (settings.TryGetValue("message.timestamp.type", out string? type) && type != "CreateTime") topic.HasProducerTimes = false;
        topic.Settings.Applied(nowMs);
    }

    private SortedDictionary<string, string> Settings()
    {
        Random random = World.Random;
        return new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["flush.messages"] = random.Next(3) switch { 0 => "9223372036854775807", 1 => random.Next(2, 20).ToString(CultureInfo.InvariantCulture), _ => "1" },
            ["flush.ms"] = random.Next(3) == 0 ? "500" : "9223372036854775807",
            ["segment.bytes"] = "1048576",
            ["segment.ms"] = random.Next(3) == 0 ? "60000" : random.Next(200, 3000).ToString(CultureInfo.InvariantCulture),
            ["index.interval.bytes"] = random.Next(3) == 0 ? "0" : random.Next(1, 2000).ToString(CultureInfo.InvariantCulture),
            ["segment.index.bytes"] = random.Next(2) == 0 ? "4096" : "262144",
            ["cleanup.policy"] = random.Next(World.Options.Emphasis.HasFlag(Emphasis.Compaction) ? 3 : 6) switch { 0 or 1 => "compact", 2 => "compact,delete", _ => "delete" },
            ["retention.ms"] = random.Next(6) == 0 ? random.Next(2000, 10_000).ToString(CultureInfo.InvariantCulture) : "-1",
            ["retention.bytes"] = random.Next(6) == 0 ? random.Next(1000, 50_000).ToString(CultureInfo.InvariantCulture) : "-1",
            ["min.cleanable.dirty.ratio"] = random.Next(2) == 0 ? "0.01" : "0.5",
            ["delete.retention.ms"] = random.Next(4) switch { 0 => "0", 1 => "2000", 2 => "20000", _ => "100000" },
            ["min.compaction.lag.ms"] = random.Next(3) == 0 ? "1000" : "0",
            ["max.compaction.lag.ms"] = random.Next(3) == 0 ? "2000" : "9223372036854775807",
            ["compression.type"] = random.Next(4) > 0 ? "producer" : "lz4",
            ["message.timestamp.type"] = random.Next(5) == 0 ? "LogAppendTime" : "CreateTime",
            ["file.delete.delay.ms"] = "1000",
        };
    }
}
