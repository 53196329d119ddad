using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Topic = Sluice.Protocol.Messages.CreateTopicsRequest.CreatableTopic;
using Result = Sluice.Protocol.Messages.CreateTopicsResponse.CreatableTopicResult;

namespace Sluice.Core.Tests.Metadata;

/// <summary>The texts are those of Apache Kafka 4.3.1.</summary>
public sealed class CreateTopicsChangeTests
{
    private ChangeScope _scope = Scopes.OneBroker();

    private static Topic Of(string name, int partitions = 1, short replicas = 1, params (string Name, string? Value)[] configs) => new()
    {
        Name = name,
        NumPartitions = partitions,
        ReplicationFactor = replicas,
        Configs = [.. configs.Select(c => new CreateTopicsRequest.CreatableTopicConfig { Name = c.Name, Value = c.Value })],
    };

    private static Topic ByHand(string name, params (int Partition, int[] Brokers)[] assignments) => new()
    {
        Name = name,
        NumPartitions = -1,
        ReplicationFactor = -1,
        Assignments = [.. assignments.Select(a => new CreateTopicsRequest.CreatableReplicaAssignment { PartitionIndex = a.Partition, BrokerIds = [.. a.Brokers] })],
    };

    private List<Result> Create(params Topic[] topics)
    {
        ChangeResult<CreateTopicsResponse> result = CreateTopicsChange.Compute(_scope, new CreateTopicsRequest { Topics = [.. topics], TimeoutMs = 1000 });
        _scope = _scope.With(result.Records);
        return result.Answer.Topics;
    }

    private Result CreateOne(Topic topic) => Assert.Single(Create(topic));

    [Fact]
    public void A_topic_gets_an_id_its_partitions_and_all_its_settings_in_the_answer()
    {
        Result result = CreateOne(Of("a", 3, 1, ("retention.ms", " 1000 ")));
        Assert.Equal(ErrorCode.None, result.ErrorCode);
        Assert.Equal((3, 1), (result.NumPartitions, result.ReplicationFactor));
        Assert.Equal(33, result.Configs!.Count);
        Assert.Equal((sbyte)1, result.Configs.Single(c => c.Name == "retention.ms").ConfigSource);
        Assert.Equal("1000", result.Configs.Single(c => c.Name == "retention.ms").Value);
        Assert.Equal((sbyte)5, result.Configs.Single(c => c.Name == "segment.bytes").ConfigSource);
        TopicImage topic = _scope.Image.Topics.ByName("a")!;
        Assert.Equal(result.TopicId, topic.Id);
        Assert.Equal([0, 1, 2], topic.Partitions.Select(p => p.Id));
        Assert.All(topic.Partitions, p => Assert.Equal((1, 0, 0), (p.Leader, p.LeaderEpoch, p.PartitionEpoch)));
        Assert.Equal(new Uuid(1, 1000), Assert.Single(topic.Partitions[0].Directories));
        Assert.Equal("1000", _scope.Image.Configs.Of(ConfigResource.Topic("a"))["retention.ms"]);
    }

    [Fact]
    public void Minus_one_means_the_brokers_defaults()
    {
        _scope = Scopes.OneBroker(("num.partitions", "4"));
        Assert.Equal(4, CreateOne(Of("a", -1, -1)).NumPartitions);
    }

    [Fact]
    public void Defaults_of_the_broker_are_shown_with_their_source()
    {
        _scope = Scopes.OneBroker(("log.retention.minutes", "77"), ("log.roll.hours", "5"), ("log.flush.scheduler.interval.ms", "5555"));
        List<CreateTopicsResponse.CreatableTopicConfigs> configs = CreateOne(Of("a")).Configs!;
        Assert.Equal(("4620000", (sbyte)4), configs.Where(c => c.Name == "retention.ms").Select(c => (c.Value!, c.ConfigSource)).Single());
        Assert.Equal(("18000000", (sbyte)4), configs.Where(c => c.Name == "segment.ms").Select(c => (c.Value!, c.ConfigSource)).Single());
        Assert.Equal(("5555", (sbyte)4), configs.Where(c => c.Name == "flush.ms").Select(c => (c.Value!, c.ConfigSource)).Single());
    }

    [Theory]
    [InlineData("", "Topic name is invalid: the empty string is not allowed")]
    [InlineData(".", "Topic name is invalid: '.' is not allowed")]
    [InlineData("..", "Topic name is invalid: '..' is not allowed")]
    [InlineData("a b", "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")]
    [InlineData("é", "Topic name is invalid: 'é' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")]
    public void A_bad_name_is_refused(string name, string message)
    {
        Result result = CreateOne(Of(name));
        Assert.Equal((ErrorCode.InvalidTopicException, message), (result.ErrorCode, result.ErrorMessage));
        Assert.Equal((-1, -1), (result.NumPartitions, result.ReplicationFactor));
    }

    [Fact]
    public void A_name_may_have_249_characters_and_no_more()
    {
        Assert.Equal(ErrorCode.None, CreateOne(Of(new string('x', 249))).ErrorCode);
        Assert.EndsWith("is longer than the max allowed length 249", CreateOne(Of(new string('x', 250))).ErrorMessage);
    }

    [Fact]
    public void A_name_that_exists_or_looks_the_same_in_metrics_is_refused()
    {
        CreateOne(Of("c.d"));
        Assert.Equal((ErrorCode.TopicAlreadyExists, "Topic 'c.d' already exists."), Error(CreateOne(Of("c.d"))));
        Assert.Equal((ErrorCode.InvalidTopicException, "Topic 'c_d' collides with existing topic: c.d"), Error(CreateOne(Of("c_d"))));
        Assert.Equal([ErrorCode.None, ErrorCode.InvalidTopicException], Create(Of("x_y"), Of("x.y")).Select(r => r.ErrorCode));
    }

    [Fact]
    public void A_name_is_free_again_after_its_topic_is_deleted()
    {
        CreateOne(Of("c.d"));
        _scope = _scope.With(DeleteTopicsChange.Compute(_scope, new DeleteTopicsRequest { TopicNames = ["c.d"] }, 5).Records);
        Assert.Equal(ErrorCode.None, CreateOne(Of("c_d")).ErrorCode);
    }

    [Fact]
    public void A_name_that_is_twice_in_a_request_is_refused_once_and_the_others_are_created()
    {
        List<Result> results = Create(Of("dup"), Of("dup", 2), Of("e1", 2));
        Assert.Equal(2, results.Count);
        Assert.Equal((ErrorCode.InvalidRequest, "Duplicate topic name."), Error(results[0]));
        Assert.Equal(ErrorCode.None, results[1].ErrorCode);
        Assert.Null(_scope.Image.Topics.ByName("dup"));
    }

    [Theory]
    [InlineData(0, 1, ErrorCode.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.")]
    [InlineData(-2, 1, ErrorCode.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.")]
    [InlineData(1, 0, ErrorCode.InvalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.")]
    [InlineData(1, -2, ErrorCode.InvalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.")]
    [InlineData(1, 2, ErrorCode.InvalidReplicationFactor, "Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.")]
    [InlineData(20000, 1, ErrorCode.PolicyViolation, "Excessively large number of partitions per request.")]
    [InlineData(int.MaxValue, 1, ErrorCode.PolicyViolation, "Excessively large number of partitions per request.")]
    public void Bad_counts_are_refused(int partitions, short replicas, ErrorCode code, string message) =>
        Assert.Equal((code, message), Error(CreateOne(Of("p", partitions, replicas))));

    [Fact]
    public void The_partitions_of_all_topics_of_a_request_are_bounded() =>
        Assert.Equal([ErrorCode.None, ErrorCode.PolicyViolation, ErrorCode.None], Create(Of("a", 6000), Of("b", 6000), Of("c", 4000)).Select(r => r.ErrorCode));

    [Fact]
    public void Replicas_chosen_by_hand_are_checked()
    {
        Result good = CreateOne(ByHand("m1", (1, [1]), (0, [1])));
        Assert.Equal((ErrorCode.None, 2, 1), (good.ErrorCode, good.NumPartitions, good.ReplicationFactor));
        Topic counted = ByHand("m2", (0, [1]));
        counted.NumPartitions = 2;
        Assert.Equal((ErrorCode.InvalidRequest, "A manual partition assignment was specified, but numPartitions was not set to -1."), Error(CreateOne(counted)));
        Topic replicated = ByHand("m3", (0, [1]));
        replicated.ReplicationFactor = 1;
        Assert.Equal((ErrorCode.InvalidRequest, "A manual partition assignment was specified, but replication factor was not set to -1."), Error(CreateOne(replicated)));
        AssertAssignment("partitions should be a consecutive 0-based integer sequence", (1, [1]));
        AssertAssignment("The manual partition assignment includes broker 2, but no such broker is registered.", (0, [2]));
        AssertAssignment("The manual partition assignment includes the broker 1 more than once.", (0, [1, 1]));
        AssertAssignment("The manual partition assignment includes an empty replica list.", (0, []));
        AssertAssignment("Found multiple manual partition assignments for partition 0", (0, [1]), (0, [1]));
        AssertAssignment("The manual partition assignment includes broker 2, but no such broker is registered.", (0, [1]), (1, [1, 2]));
    }

    [Fact]
    public void Settings_are_checked()
    {
        Assert.Equal((ErrorCode.InvalidConfig, "Unknown topic config name: nope"), Error(CreateOne(Of("k", 1, 1, ("nope", "1")))));
        Assert.Equal((ErrorCode.InvalidConfig, "Null value not supported for topic configs: retention.ms"), Error(CreateOne(Of("k", 1, 1, ("retention.ms", null)))));
        Assert.Equal((ErrorCode.InvalidConfig, "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)"),
            Error(CreateOne(Of("k", 1, 1, ("min.compaction.lag.ms", "10"), ("max.compaction.lag.ms", "5")))));
        Assert.Equal("2", CreateOne(Of("k", 1, 1, ("retention.ms", "1"), ("retention.ms", "2"))).Configs!.Single(c => c.Name == "retention.ms").Value);
    }

    [Fact]
    public void Validating_only_writes_nothing_and_answers_as_if()
    {
        ChangeResult<CreateTopicsResponse> result = CreateTopicsChange.Compute(_scope, new CreateTopicsRequest { Topics = [Of("a", 2)], ValidateOnly = true });
        Assert.Empty(result.Records);
        Assert.Equal((ErrorCode.None, 2), (result.Answer.Topics[0].ErrorCode, result.Answer.Topics[0].NumPartitions));
    }

    [Fact]
    public void The_metadata_log_is_no_topic() =>
        Assert.Equal((ErrorCode.InvalidRequest, "Creation of internal topic __cluster_metadata is prohibited."), Error(CreateOne(Of("__cluster_metadata"))));

    private static (ErrorCode Code, string? Message) Error(Result result) => (result.ErrorCode, result.ErrorMessage);

    private void AssertAssignment(string message, params (int Partition, int[] Brokers)[] assignments) =>
        Assert.Equal((ErrorCode.InvalidReplicaAssignment, message), Error(CreateOne(ByHand("m", assignments))));
}
