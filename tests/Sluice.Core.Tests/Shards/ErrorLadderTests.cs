using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Shards;

/// <summary>What a request can bring about that finds a bug of the broker: its own end, and the process's only when state may be wrong.</summary>
public sealed class ErrorLadderTests
{
    private static readonly HeartbeatRequest Request = new() { GroupId = "g", MemberId = "m" };

    [Fact]
    public void A_bug_that_a_request_finds_ends_that_request_alone()
    {
        using var node = new MiniNode();
        TestRequest request = Dispatch(node, _ => throw new KeyNotFoundException("a bug"));
        Assert.Contains("Heartbeat version 4 of client test", request.FailedBecause);
        Assert.Contains("KeyNotFoundException: a bug", request.FailedBecause);
        Assert.Contains(node.Logged, line => line.StartsWith("Error: Heartbeat version 4", StringComparison.Ordinal));
    }

    [Fact]
    public void A_bug_after_a_change_has_begun_ends_the_process()
    {
        using var node = new MiniNode();
        Assert.Throws<HaltedException>(() => Dispatch(node, context =>
        {
            context.BeginChange();
            throw new KeyNotFoundException("a bug");
        }));
    }

    [Fact]
    public void A_broken_invariant_ends_the_process()
    {
        using var node = new MiniNode();
        Assert.Throws<HaltedException>(() => Dispatch(node, _ => Invariant.Check(false, "it must hold")));
    }

    [Fact]
    public void Malformed_bytes_close_the_connection()
    {
        using var node = new MiniNode();
        Assert.Equal("cut short", Dispatch(node, _ => throw new ProtocolException("cut short")).ClosedBecause);
    }

    [Fact]
    public void Of_many_failures_at_a_time_some_are_logged()
    {
        using var node = new MiniNode();
        var registry = new ApiRegistry(new Faulty(_ => throw new KeyNotFoundException("a bug")));
        for (int i = 0; i < 1000; i++) registry.Dispatch(node.Shards[0], new TestRequest(Request, 4));
        Assert.Single(node.Logged);
    }

    private static TestRequest Dispatch(MiniNode node, Action<RequestContext> handle)
    {
        var request = new TestRequest(Request, 4);
        new ApiRegistry(new Faulty(handle)).Dispatch(node.Shards[0], request);
        return request;
    }

    private sealed class Faulty(Action<RequestContext> handle) : ApiHandler(ApiKey.Heartbeat, 0, 4)
    {
        public override void Handle(Shard shard, RequestContext context) => handle(context);
    }
}
