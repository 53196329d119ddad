using Sluice.Core.Requests;
using Sluice.Core.Tests.Fixtures;
using Sluice.Core.Tests.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Api;

public sealed class MetadataApiTests
{
    private static MetadataRequest Names(params string[] names) =>
        new() { Topics = [.. names.Select(n => new MetadataRequest.MetadataRequestTopic { Name = n })], AllowAutoTopicCreation = false };

    private static void Create(TestNode node, string name, int partitions = 1) =>
        node.Ask(new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }], TimeoutMs = 1000 }, 7);

    [Fact]
    public void Every_version_names_brokers_topics_and_leaders()
    {
        using var node = new TestNode(properties: ("broker.rack", "r1"));
        Create(node, "a", 2);
        for (short version = MetadataRequest.MinVersion; version <= MetadataRequest.MaxVersion; version++)
        {
            MetadataRequest request = Names("a", "a");
            request.AllowAutoTopicCreation = true;
            MetadataResponse response = node.Ask(request, version);
            MetadataResponse.MetadataResponseBroker broker = Assert.Single(response.Brokers);
            Assert.Equal((1, "127.0.0.1", 9092, version >= 1 ? "r1" : null), (broker.NodeId, broker.Host, broker.Port, broker.Rack));
            MetadataResponse.MetadataResponseTopic topic = Assert.Single(response.Topics);
            Assert.Equal((ErrorCode.None, "a", 2), (topic.ErrorCode, topic.Name, topic.Partitions.Count));
            Assert.All(topic.Partitions, p => Assert.Equal((ErrorCode.None, 1), (p.ErrorCode, p.LeaderId)));
            Assert.Equal(version >= 10 ? node.Image.Topics.ByName("a")!.Id : Uuid.Zero, topic.TopicId);
            Assert.Equal(version >= 2 ? node.Node.Context.ClusterId : null, response.ClusterId);
            Assert.Equal(version >= 1 ? 1 : -1, response.ControllerId);
        }
    }

    [Fact]
    public void No_list_means_all_topics_and_an_empty_one_none_but_in_version_0()
    {
        using var node = new TestNode();
        Create(node, "b");
        Create(node, "a");
        Assert.Equal(["a", "b"], node.Ask(new MetadataRequest { Topics = null }, 13).Topics.Select(t => t.Name));
        Assert.Empty(node.Ask(new MetadataRequest { Topics = [] }, 13).Topics);
        Assert.Equal(["a", "b"], node.Ask(new MetadataRequest { Topics = [] }, 0).Topics.Select(t => t.Name));
    }

    [Fact]
    public void What_was_encoded_for_one_who_asks_for_all_topics_is_sent_to_the_next_until_the_metadata_changes()
    {
        using var node = new TestNode();
        Create(node, "a", 3);
        IMessage first = Sent(node, 9);
        Assert.Same(first, Sent(node, 9));
        Assert.NotSame(first, Sent(node, 12));
        Assert.NotSame(first, Sent(node, 9, withOperations: true));
        Assert.Same(first, Sent(node, 9));
        // More ways to ask than are kept.
        for (short version = MetadataRequest.MinVersion; version <= MetadataRequest.MaxVersion; version++)
            Assert.Equal(["a"], node.Ask(new MetadataRequest { Topics = version == 0 ? [] : null }, version).Topics.Select(t => t.Name));
        Assert.Equal(node.Ask(Names("a"), 9).ToBytes(9), Sent(node, 9).ToBytes(9));

        IMessage before = Sent(node, 9);
        Create(node, "b");
        IMessage after = Sent(node, 9);
        Assert.NotSame(before, after);
        var response = new MetadataResponse();
        response.ReadAll(after.ToBytes(9).AsMemory(), 9);
        Assert.Equal(["a", "b"], response.Topics.Select(t => t.Name));
    }

    [Fact]
    public void An_answer_that_is_sent_again_counts_its_errors_again()
    {
        var response = new MetadataResponse { Topics = [new() { ErrorCode = ErrorCode.LeaderNotAvailable }, new(), new() { ErrorCode = ErrorCode.UnknownTopicOrPartition }] };
        var encoded = new EncodedResponse(response, 9);
        var errors = new Errors();
        encoded.CollectErrors(errors);
        Assert.Equal([ErrorCode.LeaderNotAvailable, ErrorCode.UnknownTopicOrPartition], errors.Seen);
        Assert.Equal(response.ToBytes(9), encoded.ToBytes(9));
        Assert.Throws<InvalidOperationException>(() => encoded.ToBytes(8));
    }

    [Fact]
    public void The_list_of_all_topics_as_librdkafka_writes_it_is_understood()
    {
        using var node = new TestNode();
        Create(node, "a");
        // Null in four bytes, then true, false and no tagged fields: https://github.com/confluentinc/librdkafka/issues/5049
        var request = new TestRequest(new MetadataRequest(), 13, body: [0, 0, 0, 0, 1, 0, 0]);
        node.Shard.Handle(request);
        node.Settle();
        Assert.Equal(["a"], ((MetadataResponse)request.Response!).Topics.Select(t => t.Name));
    }

    [Fact]
    public void What_does_not_exist_is_named_with_its_error()
    {
        using var node = new TestNode();
        Create(node, "a");
        Uuid id = node.Image.Topics.ByName("a")!.Id;
        Assert.Equal(
            [("nope", ErrorCode.UnknownTopicOrPartition), ("bad name", ErrorCode.InvalidTopicException), ("__consumer_offsets", ErrorCode.UnknownTopicOrPartition)],
            node.Ask(Names("nope", "bad name", "__consumer_offsets"), 8).Topics.Select(t => (t.Name!, t.ErrorCode)));
        MetadataResponse byId = node.Ask(new MetadataRequest { Topics = [new() { TopicId = new Uuid(1, 5), Name = null }, new() { TopicId = id, Name = null }] }, 12);
        Assert.Equal([(null, ErrorCode.UnknownTopicId), ("a", ErrorCode.None)], byId.Topics.Select(t => (t.Name, t.ErrorCode)));
        Assert.Equal(ErrorCode.InvalidRequest, Assert.Single(node.Ask(new MetadataRequest { Topics = [new() { TopicId = id, Name = null }] }, 11).Topics).ErrorCode);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(4, 0)]
    [InlineData(13, 1)]
    public void A_topic_is_created_on_the_way_and_led_in_the_same_answer(short version, int shard)
    {
        using var node = new TestNode(shards: 3, properties: ("num.partitions", "4"));
        MetadataRequest request = Names("new", "bad name", "__consumer_offsets");
        request.AllowAutoTopicCreation = true;
        MetadataResponse response = node.Ask(request, version, shard);
        Assert.Equal(
            [("new", ErrorCode.None, 4), ("bad name", ErrorCode.InvalidTopicException, 0), ("__consumer_offsets", ErrorCode.UnknownTopicOrPartition, 0)],
            response.Topics.Select(t => (t.Name!, t.ErrorCode, t.Partitions.Count)));
        Assert.All(response.Topics[0].Partitions, p => Assert.Equal(1, p.LeaderId));
    }

    [Fact]
    public void A_topic_is_created_only_when_broker_and_client_allow_it()
    {
        using var node = new TestNode(properties: ("auto.create.topics.enable", "false"));
        MetadataRequest request = Names("new");
        request.AllowAutoTopicCreation = true;
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, node.Ask(request, 12).Topics[0].ErrorCode);
        using var willing = new TestNode();
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, willing.Ask(Names("new"), 12).Topics[0].ErrorCode);
        Assert.Equal(0, willing.Image.Topics.Count);
    }

    [Fact]
    public void Two_clients_that_create_the_same_topic_both_get_it()
    {
        using var node = new TestNode();
        node.Hosts[0].HoldsBackground = true;
        MetadataRequest request = Names("new");
        request.AllowAutoTopicCreation = true;
        TestRequest first = node.Send(request, 12), second = node.Send(request, 12);
        node.Hosts[0].HoldsBackground = false;
        node.Settle();
        Assert.All(new[] { first, second }, r => Assert.Equal(ErrorCode.None, Assert.IsType<MetadataResponse>(r.Response).Topics[0].ErrorCode));
    }

    [Fact]
    public void Operations_are_told_when_asked_for()
    {
        using var node = new TestNode();
        Create(node, "a");
        MetadataResponse response = node.Ask(new MetadataRequest { Topics = null, IncludeClusterAuthorizedOperations = true, IncludeTopicAuthorizedOperations = true }, 8);
        Assert.Equal((8096, 3576), (response.ClusterAuthorizedOperations, response.Topics[0].TopicAuthorizedOperations));
        response = node.Ask(new MetadataRequest { Topics = null }, 8);
        Assert.Equal((int.MinValue, int.MinValue), (response.ClusterAuthorizedOperations, response.Topics[0].TopicAuthorizedOperations));
    }

    /// <summary>What is sent to one who asks for all topics, as it is.</summary>
    private static IMessage Sent(TestNode node, short version, bool withOperations = false)
    {
        var request = new CapturedRequest(new MetadataRequest { Topics = null, IncludeTopicAuthorizedOperations = withOperations }, version);
        node.Shard.Handle(request);
        return request.Sent!;
    }

    private sealed class CapturedRequest : RequestContext
    {
        public CapturedRequest(MetadataRequest request, short version)
        {
            Key = ApiKey.Metadata;
            Version = version;
            Body = request.ToBytes(version);
        }

        public IMessage? Sent { get; private set; }

        public override void Respond(IMessage response, short version) => Sent = response;

        public override void RespondNothing() => Assert.Fail("metadata is always answered");

        public override void CloseConnection(string reason) => Assert.Fail(reason);
    }

    private sealed class Errors : IErrorCollector
    {
        public List<ErrorCode> Seen { get; } = [];

        public void Add(ErrorCode error) => Seen.Add(error);
    }
}
