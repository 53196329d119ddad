using System.Text.Json.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential;

/// <summary>Sends every case in every version to one broker, in order, and keeps what it answered.</summary>
internal sealed class Session(World world, bool waitsForChanges) : IDisposable
{
    private readonly BrokerWire _wire = new(world.Host, world.Port, waitsForChanges ? 10_000 : 60_000);

    /// <summary>The case that was sent last, with its version.</summary>
    public string Last { get; private set; } = "nothing";

    /// <summary>Creates the topics and sends the cases.</summary>
    public List<(Case Case, short Version, JsonNode? Answer)> Run(IReadOnlyList<Case> cases)
    {
        CreateTopics();
        var answers = new List<(Case, short, JsonNode?)>();
        foreach (Case one in cases)
        {
            for (short version = one.From; version <= one.To; version++) answers.Add((one, version, Send(one, version)));
        }
        return answers;
    }

    public void Dispose() => _wire.Dispose();

    private JsonNode? Send(Case one, short version)
    {
        byte[] frame;
        Last = $"{one} v{version}";
        try
        {
            frame = BrokerWire.Encode(one.Build(world, version), version);
        }
        catch (MessageFieldException e)
        {
            throw new InvalidOperationException($"{one} cannot be said in version {version}: {e.Message}", e);
        }
        if (one.Spoil is { } spoil) frame = spoil(frame);
        BrokerWire.Outcome outcome = one.IsSilent ? _wire.Tell(frame) : _wire.Ask(one.Key, version, frame);
        // Kafka loads what it needs at the first request for it.
        for (int attempt = 0; waitsForChanges && attempt < 100 && IsNotYetServed(outcome.Response); attempt++)
        {
            Thread.Sleep(100);
            outcome = _wire.Ask(one.Key, version, frame);
        }
        if (waitsForChanges && one.Changes) Thread.Sleep(300);
        if (outcome.Response is not { } response) return JsonValue.Create(outcome.Why);
        one.Then?.Invoke(world, version, response);
        return AnswerText.Of(world, one.Key, response);
    }

    private static bool IsNotYetServed(IResponse? response)
    {
        var errors = new NotYetServed();
        response?.CollectErrors(errors);
        return errors.Any;
    }

    private void CreateTopics()
    {
        var request = new CreateTopicsRequest
        {
            TimeoutMs = 30_000,
            Topics = Suite.Topics.Select(topic => new CreateTopicsRequest.CreatableTopic
            {
                Name = topic.Name,
                NumPartitions = topic.Partitions,
                ReplicationFactor = 1,
                Configs = [.. topic.Settings.Select(s => new CreateTopicsRequest.CreatableTopicConfig { Name = s.Name, Value = s.Value })],
            }).ToList(),
        };
        const short Version = 7;
        var response = (CreateTopicsResponse)_wire.Ask(ApiKey.CreateTopics, Version, BrokerWire.Encode(request, Version)).Response!;
        foreach (CreateTopicsResponse.CreatableTopicResult topic in response.Topics)
        {
            Assert.True(topic.ErrorCode == ErrorCode.None, $"{topic.Name}: {topic.ErrorCode} {topic.ErrorMessage}");
            world.Name(topic.TopicId, topic.Name);
        }
        foreach ((string name, int partitions, _) in Suite.Topics) WaitForLeaders(name, partitions);
    }

    /// <summary>Waits until the broker leads what it was told to create: Kafka answers before it does.</summary>
    private void WaitForLeaders(string topic, int partitions)
    {
        var request = new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics = [new() { Name = topic, Partitions = [.. Enumerable.Range(0, partitions).Select(i => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = i, Timestamp = -1 })] }],
        };
        for (int attempt = 0; ; attempt++)
        {
            var response = (ListOffsetsResponse)_wire.Ask(ApiKey.ListOffsets, 5, BrokerWire.Encode(request, 5)).Response!;
            if (response.Topics[0].Partitions.TrueForAll(p => p.ErrorCode == ErrorCode.None)) return;
            Assert.True(attempt < 600, $"{topic} has no leader: {response.Topics[0].Partitions[0].ErrorCode}");
            Thread.Sleep(50);
        }
    }

    /// <summary>Looks for the errors of a coordinator that is still beginning.</summary>
    private sealed class NotYetServed : IErrorCollector
    {
        public bool Any { get; private set; }

        public void Add(ErrorCode error) => Any |= error is ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator;
    }
}
