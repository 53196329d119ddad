using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Metadata;

/// <summary>DeleteTopics and CreatePartitions; the texts are those of Apache Kafka 4.3.1.</summary>
public sealed class TopicChangesTests
{
    private ChangeScope _scope = Scopes.OneBroker();

    public TopicChangesTests()
    {
        foreach ((string name, int partitions) in new[] { ("a", 3), ("c.d", 1), ("e", 1) })
        {
            var request = new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1, Configs = [new() { Name = "flush.ms", Value = "5" }] }] };
            _scope = _scope.With(CreateTopicsChange.Compute(_scope, request).Records);
        }
    }

    private (string Name, ErrorCode Code, string? Message)[] Grow(params CreatePartitionsRequest.CreatePartitionsTopic[] topics)
    {
        ChangeResult<CreatePartitionsResponse> result = CreatePartitionsChange.Compute(_scope, new CreatePartitionsRequest { Topics = [.. topics] });
        _scope = _scope.With(result.Records);
        return [.. result.Answer.Results.Select(r => (r.Name, r.ErrorCode, r.ErrorMessage))];
    }

    private static CreatePartitionsRequest.CreatePartitionsTopic To(string name, int count, params int[][] assignments) => new()
    {
        Name = name,
        Count = count,
        Assignments = assignments.Length == 0 ? null : [.. assignments.Select(a => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = [.. a] })],
    };

    private (string? Name, ErrorCode Code, string? Message)[] Delete(short version, params DeleteTopicsRequest.DeleteTopicState[] topics)
    {
        var request = version >= 6 ? new DeleteTopicsRequest { Topics = [.. topics] } : new DeleteTopicsRequest { TopicNames = [.. topics.Select(t => t.Name!)] };
        ChangeResult<DeleteTopicsResponse> result = DeleteTopicsChange.Compute(_scope, request, version);
        _scope = _scope.With(result.Records);
        return [.. result.Answer.Responses.Select(r => (r.Name, r.ErrorCode, r.ErrorMessage))];
    }

    [Fact]
    public void Partitions_are_added_at_the_end_and_the_old_ones_stay_as_they_are()
    {
        PartitionImage first = _scope.Image.Topics.ByName("a")!.Partitions[0];
        Assert.Equal([("a", ErrorCode.None, null)], Grow(To("a", 5)));
        Assert.Equal([0, 1, 2, 3, 4], _scope.Image.Topics.ByName("a")!.Partitions.Select(p => p.Id));
        Assert.Same(first, _scope.Image.Topics.ByName("a")!.Partitions[0]);
    }

    [Fact]
    public void What_is_no_growth_is_refused() => Assert.Equal(
        [
            ("nope", ErrorCode.UnknownTopicOrPartition, null),
            ("c.d", ErrorCode.InvalidPartitions, "Topic already has 1 partition(s)."),
            ("e", ErrorCode.InvalidPartitions, "The topic e currently has 1 partition(s); 0 would not be an increase."),
            ("a", ErrorCode.InvalidPartitions, "The topic a currently has 3 partition(s); -1 would not be an increase."),
        ],
        Grow(To("nope", 5), To("c.d", 1), To("e", 0), To("a", -1)));

    [Fact]
    public void Assignments_of_new_partitions_are_checked() => Assert.Equal(
        [
            ("a", ErrorCode.InvalidReplicaAssignment, "The manual partition assignment includes broker 2, but no such broker is registered."),
            ("c.d", ErrorCode.InvalidReplicaAssignment, "The manual partition assignment includes the broker 1 more than once."),
            ("e", ErrorCode.InvalidReplicaAssignment, "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified."),
        ],
        Grow(To("a", 4, [2]), To("c.d", 2, [1, 1]), To("e", 3, [1])));

    [Fact]
    public void A_topic_that_is_twice_in_a_request_or_grows_too_much_is_refused()
    {
        Assert.Equal([("a", ErrorCode.InvalidRequest, "Duplicate topic name.")], Grow(To("a", 4), To("a", 5)));
        Assert.Equal([("a", ErrorCode.PolicyViolation, "Excessively large number of partitions per request.")], Grow(To("a", int.MaxValue)));
    }

    [Fact]
    public void A_topic_goes_with_its_settings_by_name_or_by_id()
    {
        Uuid id = _scope.Image.Topics.ByName("c.d")!.Id;
        Assert.Equal([("a", ErrorCode.None, null), ("c.d", ErrorCode.None, null)], Delete(6, new() { Name = "a" }, new() { TopicId = id }));
        Assert.Equal(["e"], _scope.Image.Topics.All.Select(t => t.Name));
        Assert.Null(_scope.Image.Topics.ById(id));
        Assert.Empty(_scope.Image.Configs.Of(ConfigResource.Topic("a")));
        Assert.NotEmpty(_scope.Image.Configs.Of(ConfigResource.Topic("e")));
    }

    [Fact]
    public void What_cannot_be_deleted_is_refused()
    {
        Uuid id = _scope.Image.Topics.ByName("a")!.Id;
        var unknown = new Uuid(7, 7777);
        Assert.Equal(
            [
                ("nope", ErrorCode.UnknownTopicOrPartition, "This server does not host this topic-partition."),
                (null, ErrorCode.UnknownTopicId, "This server does not host this topic ID."),
                (null, ErrorCode.InvalidRequest, "Neither topic name nor id were specified."),
                ("a", ErrorCode.InvalidRequest, "You may not specify both topic name and topic id."),
                ("e", ErrorCode.InvalidRequest, "Duplicate topic name."),
            ],
            Delete(6, new() { Name = "nope" }, new() { TopicId = unknown }, new(), new() { Name = "a", TopicId = id }, new() { Name = "e" }, new() { Name = "e" }));
        Assert.Equal(
            [("a", ErrorCode.InvalidRequest, "The provided topic name maps to an ID that was already supplied.")],
            Delete(6, new() { Name = "a" }, new() { TopicId = id }));
    }

    [Theory]
    [InlineData(2, ErrorCode.InvalidRequest)]
    [InlineData(3, ErrorCode.TopicDeletionDisabled)]
    [InlineData(6, ErrorCode.TopicDeletionDisabled)]
    public void Deletion_can_be_switched_off(short version, ErrorCode expected)
    {
        _scope = _scope with { Properties = Scopes.Properties(("delete.topic.enable", "false")) };
        Assert.Equal([("a", expected, null)], Delete(version, new DeleteTopicsRequest.DeleteTopicState { Name = "a" }));
        Assert.NotNull(_scope.Image.Topics.ByName("a"));
    }
}
