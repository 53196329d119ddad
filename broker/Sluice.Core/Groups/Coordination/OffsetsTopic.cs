using Sluice.Core.Configuration;
using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Groups.Coordination;

/// <summary>The topic that holds groups and their offsets. It is made when the first client asks for a coordinator.</summary>
internal static class OffsetsTopic
{
    /// <summary>The topic's name.</summary>
    public const string Name = "__consumer_offsets";

    /// <summary>Makes the topic unless it is there, and calls back when every shard knows it.</summary>
    /// <param name="shard">The shard that asks.</param>
    /// <param name="done">Called on the same shard: with no error, or with why there is no topic.</param>
    public static void Ensure(Shard shard, Action<ErrorCode> done)
    {
        if (shard.Image.Topics.ByName(Name) is not null) done(ErrorCode.None);
        else Controller.Submit(shard, new Creation(done));
    }

    private sealed class Creation(Action<ErrorCode> done) : ControllerOperation
    {
        private string? _refusal;

        public override IReadOnlyList<ChangeRecord> Compute(ChangeScope scope)
        {
            ChangeResult<CreateTopicsResponse> result = CreateTopicsChange.Compute(scope, Request(scope));
            CreateTopicsResponse.CreatableTopicResult topic = result.Answer.Topics[0];
            // Another client may have been faster: then the topic is there when this change is answered.
            if (topic.ErrorCode is not (ErrorCode.None or ErrorCode.TopicAlreadyExists)) _refusal = topic.ErrorMessage;
            return result.Records;
        }

        public override void Succeed(Shard shard)
        {
            if (_refusal is not null) shard.Host.Log(LogSeverity.Error, $"{Name} cannot be created, so no group can be served: {_refusal}");
            done(_refusal is null ? ErrorCode.None : ErrorCode.CoordinatorNotAvailable);
        }

        public override void Fail(Shard shard, ErrorCode error) => done(ErrorCode.CoordinatorNotAvailable);

        private static CreateTopicsRequest Request(ChangeScope scope)
        {
            BrokerProperties properties = scope.Properties;
            const string Replicas = "offsets.topic.replication.factor";
            int replicas = properties.Int(Replicas);
            // The default is meant for clusters that can keep it; what was asked for expressly is kept or refused.
            if (!properties.Given.ContainsKey(Replicas)) replicas = Math.Min(replicas, scope.Image.Brokers.All.Count(b => !b.IsFenced));
            return new CreateTopicsRequest
            {
                Topics =
                [
                    new CreateTopicsRequest.CreatableTopic
                    {
                        Name = Name,
                        NumPartitions = properties.Int("offsets.topic.num.partitions"),
                        ReplicationFactor = (short)replicas,
                        Configs =
                        [
                            new() { Name = "cleanup.policy", Value = "compact" },
                            new() { Name = "compression.type", Value = "producer" },
                            new() { Name = "segment.bytes", Value = properties["offsets.topic.segment.bytes"] },
                        ],
                    },
                ],
            };
        }
    }
}
