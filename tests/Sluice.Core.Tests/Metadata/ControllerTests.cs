using Sluice.Core.Shards;
using Sluice.Core.Tests.Fixtures;
using Sluice.Core.Tests.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Metadata;

public sealed class ControllerTests
{
    private static CreateTopicsRequest Topic(string name, int timeoutMs = 30_000) =>
        new() { Topics = [new() { Name = name, NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = timeoutMs };

    private static ErrorCode Created(TestRequest request) => Assert.IsType<CreateTopicsResponse>(request.Response).Topics[0].ErrorCode;

    [Fact]
    public void A_change_counts_only_when_it_is_flushed()
    {
        using var node = new TestNode();
        node.Hosts[0].HoldsBackground = true;
        TestRequest request = node.Send(Topic("a"), 7);
        Assert.False(request.IsCompleted);
        Assert.Null(node.Image.Topics.ByName("a"));
        node.Hosts[0].HoldsBackground = false;
        node.Settle();
        Assert.Equal(ErrorCode.None, Created(request));
        Assert.NotNull(node.Image.Topics.ByName("a"));
    }

    [Fact]
    public void Changes_that_arrive_while_a_flush_runs_share_the_next_one()
    {
        using var node = new TestNode();
        node.Hosts[0].HoldsBackground = true;
        TestRequest[] requests = [.. Enumerable.Range(0, 20).Select(i => node.Send(Topic($"t{i}"), 7))];
        BackgroundTask first = Assert.Single(node.Hosts[0].Background);
        node.Hosts[0].Background.Clear();
        first.Execute();
        node.Shard.Complete(first, null);
        Assert.Equal(1, requests.Count(r => r.IsCompleted));
        BackgroundTask second = Assert.Single(node.Hosts[0].Background);
        node.Hosts[0].Background.Clear();
        second.Execute();
        node.Shard.Complete(second, null);
        node.Settle();
        Assert.All(requests, r => Assert.Equal(ErrorCode.None, Created(r)));
        Assert.Empty(node.Hosts[0].Background);
    }

    [Fact]
    public void A_change_sees_those_before_it_though_they_are_not_flushed_yet()
    {
        using var node = new TestNode();
        node.Hosts[0].HoldsBackground = true;
        TestRequest first = node.Send(Topic("a"), 7), second = node.Send(Topic("a"), 7);
        Assert.False(second.IsCompleted);
        node.Hosts[0].HoldsBackground = false;
        node.Settle();
        Assert.Equal([ErrorCode.None, ErrorCode.TopicAlreadyExists], [Created(first), Created(second)]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_change_is_answered_when_every_shard_has_seen_it(int shard)
    {
        using var node = new TestNode(shards: 3);
        TestRequest request = node.Send(Topic("a"), 7, shard);
        Assert.Equal(ErrorCode.None, Created(request));
        Assert.All(node.Node.Shards, s => Assert.NotNull(s.Image.Topics.ByName("a")));
        Assert.Equal(1, node.Node.Shards.Sum(s => s.Partitions.Count));
    }

    [Fact]
    public void A_shard_that_has_not_seen_a_change_holds_up_its_answer()
    {
        using var node = new TestNode(shards: 2);
        TestRequest request = node.Send(Topic("a"), 7, settle: false);
        for (int i = 0; i < 3; i++) node.Hosts[0].Turn();
        Assert.NotNull(node.Image.Topics.ByName("a"));
        Assert.False(request.IsCompleted);
        node.Settle();
        Assert.Equal(ErrorCode.None, Created(request));
    }

    [Fact]
    public void A_client_that_gives_no_time_is_told_so_and_nothing_is_begun()
    {
        using var node = new TestNode();
        Assert.Equal(ErrorCode.RequestTimedOut, Created(node.Send(Topic("a", timeoutMs: 0), 7)));
        Assert.Equal(ErrorCode.RequestTimedOut, Created(node.Send(Topic("a", timeoutMs: -1), 7)));
        Assert.Null(node.Image.Topics.ByName("a"));
    }

    [Fact]
    public void A_client_whose_time_is_over_is_told_so_and_the_change_goes_on()
    {
        using var node = new TestNode();
        node.Hosts[0].HoldsBackground = true;
        TestRequest request = node.Send(Topic("a", timeoutMs: 100), 7);
        node.Pass(99);
        Assert.False(request.IsCompleted);
        node.Pass(1);
        Assert.Equal(ErrorCode.RequestTimedOut, Created(request));
        node.Hosts[0].HoldsBackground = false;
        node.Settle();
        Assert.NotNull(node.Image.Topics.ByName("a"));
    }

    [Fact]
    public void What_was_not_flushed_when_the_process_died_was_not_promised()
    {
        using var node = new TestNode();
        node.Hosts[0].HoldsBackground = true;
        TestRequest request = node.Send(Topic("a"), 7);
        Assert.False(request.IsCompleted);
        node.Crash();
        // The write survived the process, as writes do: it counts now, and is whole.
        Assert.NotNull(node.Image.Topics.ByName("a"));
        Assert.False(request.IsCompleted);
    }

    [Fact]
    public void A_change_that_the_full_disk_refuses_leaves_no_trace()
    {
        using var node = new TestNode();
        node.Disk.IsFull = true;
        Assert.Equal(ErrorCode.KafkaStorageError, Created(node.Send(Topic("a"), 7)));
        Assert.Equal(ErrorCode.KafkaStorageError, node.Ask(new InitProducerIdRequest { TransactionalId = null }, 5).ErrorCode);
        Assert.Contains(node.Logged, line => line.StartsWith("Error: a change of the metadata could not be written", StringComparison.Ordinal));
        node.Disk.IsFull = false;
        Assert.Equal(ErrorCode.None, Created(node.Send(Topic("a"), 7)));
        node.Restart();
        Assert.Equal(["a"], node.Image.Topics.All.Select(t => t.Name));
    }

    [Fact]
    public void A_flush_that_fails_ends_the_node_and_nothing_is_promised()
    {
        using var node = new TestNode();
        node.Disk.CannotFlush = true;
        node.Hosts[0].HoldsBackground = true;
        TestRequest request = node.Send(Topic("a"), 7);
        node.Hosts[0].HoldsBackground = false;
        var halted = Assert.Throws<HaltedException>(node.Settle);
        Assert.Contains("the metadata log could not be flushed", halted.Message);
        Assert.False(request.IsCompleted);
        Assert.Null(node.Image.Topics.ByName("a"));
    }
}
