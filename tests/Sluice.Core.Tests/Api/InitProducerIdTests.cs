using Sluice.Core.Tests.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Api;

public sealed class InitProducerIdTests
{
    private static InitProducerIdRequest Of(string? transactionalId = null, long id = -1, short epoch = -1) =>
        new() { TransactionalId = transactionalId, ProducerId = id, ProducerEpoch = epoch, TransactionTimeoutMs = 1000 };

    [Fact]
    public void No_two_producers_get_the_same_id_on_any_shard_or_after_any_stop()
    {
        using var node = new TestNode(shards: 2);
        var ids = new HashSet<long>();
        foreach (bool clean in new[] { true, false, true })
        {
            for (int i = 0; i < 1100; i++)
            {
                InitProducerIdResponse response = node.Ask(Of(), 5, shard: i % 2);
                Assert.Equal((ErrorCode.None, 0), (response.ErrorCode, response.ProducerEpoch));
                Assert.True(ids.Add(response.ProducerId), $"{response.ProducerId} was given twice");
            }
            if (clean) node.Restart();
            else node.Crash();
        }
    }

    [Fact]
    public void Producers_that_wait_for_a_block_are_served_from_it_in_order()
    {
        using var node = new TestNode();
        node.Hosts[0].HoldsBackground = true;
        var requests = Enumerable.Range(0, 1500).Select(_ => node.Send(Of(), 5)).ToList();
        Assert.DoesNotContain(requests, r => r.IsCompleted);
        node.Hosts[0].HoldsBackground = false;
        node.Settle();
        Assert.Equal(Enumerable.Range(0, 1500).Select(i => (long)i), requests.Select(r => Assert.IsType<InitProducerIdResponse>(r.Response).ProducerId));
    }

    [Fact]
    public void A_producer_that_brings_an_id_starts_anew()
    {
        using var node = new TestNode();
        Assert.Equal((0L, (short)0), Id(node.Ask(Of(), 5)));
        Assert.Equal((1L, (short)0), Id(node.Ask(Of(id: 0, epoch: 3), 5)));
        static (long, short) Id(InitProducerIdResponse response) => (response.ProducerId, response.ProducerEpoch);
    }

    [Theory]
    [InlineData("", -1, -1, ErrorCode.InvalidRequest)]
    [InlineData(null, 5, -1, ErrorCode.InvalidRequest)]
    [InlineData(null, -1, 5, ErrorCode.InvalidRequest)]
    [InlineData("tx", -1, -1, ErrorCode.UnsupportedVersion)]
    public void What_is_not_served_is_refused(string? transactionalId, long id, short epoch, ErrorCode expected)
    {
        using var node = new TestNode();
        InitProducerIdResponse response = node.Ask(Of(transactionalId, id, epoch), 5);
        Assert.Equal((expected, -1L, (short)-1), (response.ErrorCode, response.ProducerId, response.ProducerEpoch));
    }
}
