using Sluice.Core.Configuration;
using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using PartitionAnswer = Sluice.Protocol.Messages.DescribeQuorumResponse.PartitionData;

namespace Sluice.Core.Api;

/// <summary>DescribeQuorum (KIP-595, KIP-836): the voters of the metadata log, which is this node alone.</summary>
internal sealed class DescribeQuorum() : ApiHandler<DescribeQuorumRequest>(ApiKey.DescribeQuorum, DescribeQuorumRequest.MinVersion, DescribeQuorumRequest.MaxVersion)
{
    // Addresses came with KIP-853. Directory ids stay zero at kraft.version 0, whose voters are known by their number alone.
    private const short FirstVersionWithAddresses = 2;

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DescribeQuorumRequest request)
    {
        bool isTheOne = request.Topics is [{ TopicName: InternalTopics.ClusterMetadata, Partitions: [{ PartitionIndex: 0 }] }];
        if (!isTheOne)
        {
            context.Respond(Unknown(request));
            return;
        }
        long nowMs = shard.NowMs;
        bool tellsAddresses = context.Version >= FirstVersionWithAddresses;
        ListenerEndpoint? address = shard.Image.Brokers.Find(shard.Node.NodeId)?.Endpoint(context.Connection.ListenerName);
        Controller.Submit(shard, new ControllerQuery(context, scope =>
        {
            DescribeQuorumResponse response = Describe(scope, nowMs);
            if (tellsAddresses) response.Nodes = [new() { NodeId = shard.Node.NodeId, Listeners = address is null ? [] : [new() { Name = address.Name, Host = address.Host, Port = (ushort)address.Port }] }];
            return response;
        }));
    }

    private static DescribeQuorumResponse Unknown(DescribeQuorumRequest request) => new()
    {
        Topics = request.Topics.ConvertAll(topic => new DescribeQuorumResponse.TopicData
        {
            TopicName = topic.TopicName,
            Partitions = topic.Partitions.ConvertAll(p => new PartitionAnswer
            {
                PartitionIndex = p.PartitionIndex,
                ErrorCode = ErrorCode.UnknownTopicOrPartition,
                ErrorMessage = "This server does not host this topic-partition.",
            }),
        }),
    };

    private static DescribeQuorumResponse Describe(ChangeScope scope, long nowMs)
    {
        int node = scope.Properties.NodeId;
        long end = scope.Image.Offset + 1;
        return new()
        {
            Topics =
            [
                new()
                {
                    TopicName = InternalTopics.ClusterMetadata,
                    Partitions =
                    [
                        new()
                        {
                            LeaderId = node,
                            LeaderEpoch = scope.Image.Epoch,
                            HighWatermark = end,
                            CurrentVoters = [new() { ReplicaId = node, LogEndOffset = end, LastFetchTimestamp = nowMs, LastCaughtUpTimestamp = nowMs }],
                        },
                    ],
                },
            ],
        };
    }
}
