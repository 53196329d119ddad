using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Resource = Sluice.Protocol.Messages.IncrementalAlterConfigsRequest.AlterConfigsResource;

namespace Sluice.Core.Tests.Metadata;

/// <summary>The texts are those of Apache Kafka 4.3.1, where it has some.</summary>
public sealed class AlterConfigsChangeTests
{
    private const sbyte Set = 0, Delete = 1, Append = 2, Subtract = 3;
    private ChangeScope _scope = Scopes.OneBroker();

    public AlterConfigsChangeTests() =>
        _scope = _scope.With(CreateTopicsChange.Compute(_scope, new CreateTopicsRequest { Topics = [new() { Name = "a", NumPartitions = 1, ReplicationFactor = 1 }] }).Records);

    private static Resource Of(sbyte type, string name, params (string Name, sbyte Operation, string? Value)[] edits) => new()
    {
        ResourceType = type,
        ResourceName = name,
        Configs = [.. edits.Select(e => new IncrementalAlterConfigsRequest.AlterableConfig { Name = e.Name, ConfigOperation = e.Operation, Value = e.Value })],
    };

    private (ErrorCode Code, string? Message)[] Alter(params Resource[] resources)
    {
        ChangeResult<IncrementalAlterConfigsResponse> result = AlterConfigsChange.Compute(_scope, new IncrementalAlterConfigsRequest { Resources = [.. resources] });
        _scope = _scope.With(result.Records);
        return [.. result.Answer.Responses.Select(r => (r.ErrorCode, r.ErrorMessage))];
    }

    private (ErrorCode Code, string? Message) AlterTopic(params (string Name, sbyte Operation, string? Value)[] edits) => Assert.Single(Alter(Of(2, "a", edits)));

    private string? Value(string name) => _scope.Image.Configs.Of(ConfigResource.Topic("a")).GetValueOrDefault(name);

    [Fact]
    public void Settings_are_set_and_taken_away()
    {
        Assert.Equal((ErrorCode.None, null), AlterTopic(("retention.ms", Set, "1000"), ("flush.ms", Set, "7")));
        Assert.Equal("1000", Value("retention.ms"));
        Assert.Equal((ErrorCode.None, null), AlterTopic(("retention.ms", Delete, null), ("nope", Delete, null)));
        Assert.Null(Value("retention.ms"));
        Assert.Equal("7", Value("flush.ms"));
    }

    [Fact]
    public void Lists_grow_and_shrink_from_the_value_that_counts()
    {
        AlterTopic(("cleanup.policy", Append, "compact"));
        Assert.Equal("delete,compact", Value("cleanup.policy"));
        AlterTopic(("cleanup.policy", Append, "compact"));
        Assert.Equal("delete,compact", Value("cleanup.policy"));
        AlterTopic(("cleanup.policy", Subtract, "delete"));
        Assert.Equal("compact", Value("cleanup.policy"));
        AlterTopic(("cleanup.policy", Subtract, "compact,delete"));
        Assert.Equal("", Value("cleanup.policy"));
    }

    [Fact]
    public void Bad_edits_are_refused_and_nothing_changes()
    {
        Assert.Equal((ErrorCode.InvalidConfig, "Can't APPEND to key retention.ms because its type is not LIST."), AlterTopic(("retention.ms", Append, "1")));
        Assert.Equal((ErrorCode.InvalidConfig, "Can't SUBTRACT to key nope because its type is not LIST."), AlterTopic(("nope", Subtract, "1")));
        Assert.Equal((ErrorCode.InvalidRequest, "Null value not supported for : retention.ms"), AlterTopic(("retention.ms", Set, null)));
        Assert.Equal((ErrorCode.InvalidConfig, "Unknown topic config name: nope"), AlterTopic(("nope", Set, "1")));
        Assert.Equal((ErrorCode.InvalidConfig, "Invalid value x for configuration retention.ms: Not a number of type LONG"), AlterTopic(("retention.ms", Set, "x")));
        Assert.Equal((ErrorCode.InvalidRequest, "Error due to duplicate config keys"), AlterTopic(("retention.ms", Set, "1"), ("retention.ms", Delete, null)));
        Assert.Equal((ErrorCode.InvalidConfig, "Configuration 'cleanup.policy' values must not be empty."), AlterTopic(("cleanup.policy", Append, "compact, delete,,compact")));
        Assert.Equal(ErrorCode.InvalidRequest, AlterTopic(("retention.ms", 9, "1")).Code);
        Assert.Equal(ErrorCode.InvalidConfig, AlterTopic(("flush.ms", Set, "7"), ("nope", Set, "1")).Code);
        Assert.Empty(_scope.Image.Configs.Of(ConfigResource.Topic("a")));
    }

    [Fact]
    public void What_has_no_settings_is_refused() => Assert.Equal(
        [
            (ErrorCode.UnknownTopicOrPartition, "The topic 'zz' does not exist."),
            (ErrorCode.InvalidRequest, "Default topic resources are not allowed."),
            (ErrorCode.InvalidTopicException, "Topic name is invalid: 'b d' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"),
            (ErrorCode.InvalidRequest, "Unknown resource type 1"),
            (ErrorCode.InvalidRequest, "Unexpected broker id, expected 1, but received 2"),
            (ErrorCode.InvalidRequest, "Node id must be an integer, but it is: x"),
            (ErrorCode.InvalidRequest, "Client metrics are not supported."),
        ],
        Alter(Of(2, "zz"), Of(2, ""), Of(2, "b d"), Of(1, "b"), Of(4, "2"), Of(4, "x"), Of(16, "m")));

    [Fact]
    public void A_resource_that_is_twice_in_a_request_is_refused_both_times() => Assert.Equal(
        [(ErrorCode.InvalidRequest, "Each resource must appear at most once."), (ErrorCode.InvalidRequest, "Each resource must appear at most once.")],
        Alter(Of(2, "a", ("flush.ms", Set, "1")), Of(2, "a", ("retention.ms", Set, "1"))));

    [Fact]
    public void A_broker_changes_at_run_time_what_can_change()
    {
        Assert.Equal([(ErrorCode.None, null), (ErrorCode.None, null)], Alter(Of(4, "1", ("log.retention.ms", Set, "1000")), Of(4, "", ("message.max.bytes", Set, "2000"))));
        Assert.Equal("2000", _scope.Image.Configs.Of(ConfigResource.AllBrokers)["message.max.bytes"]);
        Assert.Equal([(ErrorCode.InvalidRequest, "Cannot update these configs dynamically: [log.dirs, node.id]")],
            Alter(Of(4, "1", ("log.retention.ms", Set, "1000"), ("log.dirs", Set, "/x"), ("node.id", Set, "5"))));
        Assert.Equal([(ErrorCode.InvalidRequest, "Invalid value abc for configuration log.retention.ms: Not a number of type LONG")], Alter(Of(4, "1", ("log.retention.ms", Set, "abc"))));
        Assert.Equal([(ErrorCode.InvalidConfig, "Unknown broker config name: log.retention.msec. Did you mean log.retention.ms?")], Alter(Of(4, "", ("log.retention.msec", Set, "1"))));
    }

    [Fact]
    public void Replacing_takes_away_what_is_not_named()
    {
        AlterTopic(("retention.ms", Set, "1"), ("flush.ms", Set, "2"));
        var request = new AlterConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = "a", Configs = [new() { Name = "retention.bytes", Value = "3" }] }] };
        ChangeResult<AlterConfigsResponse> result = AlterConfigsChange.Compute(_scope, request);
        Assert.Equal(ErrorCode.None, result.Answer.Responses[0].ErrorCode);
        _scope = _scope.With(result.Records);
        Assert.Equal(["retention.bytes"], _scope.Image.Configs.Of(ConfigResource.Topic("a")).Keys);
    }

    [Fact]
    public void A_value_that_is_there_already_needs_no_record()
    {
        AlterTopic(("retention.ms", Set, "1"));
        Assert.Empty(AlterConfigsChange.Compute(_scope, new IncrementalAlterConfigsRequest { Resources = [Of(2, "a", ("retention.ms", Set, " 1 "))] }).Records);
        Assert.Empty(AlterConfigsChange.Compute(_scope, new IncrementalAlterConfigsRequest { Resources = [Of(2, "a", ("flush.ms", Set, "1"))], ValidateOnly = true }).Records);
    }
}
