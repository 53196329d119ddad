using Sluice.Core.Retention;
using Sluice.Core.Shards;
using Sluice.Core.Tests.Fixtures;
using Sluice.Core.Tests.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Partitions;

public sealed class RefusedTurnTests
{
    [Fact]
    public void What_retention_could_not_write_in_the_middle_of_a_turn_is_not_acknowledged_by_what_comes_after_it()
    {
        var disk = new FailingDisk { Failing = "t-0" };
        using var node = new MiniNode(disk: disk);
        Uuid topic = node.Create("t").Id;
        Shard shard = node.Shards[0];
        var refused = new TestRequest(TestBatches.Produce("t", TestBatches.Batch(["refused"])), 9);
        shard.Handle(refused);
        disk.IsFull = true;
        // As at the end of a cleaning, which comes back to its shard like any message.
        LogRetention.Apply(shard, shard.Partitions.Find(topic, 0)!);
        disk.IsFull = false;
        var appended = new TestRequest(TestBatches.Produce("t", TestBatches.Batch(["appended"])), 9);
        shard.Handle(appended);
        node.Settle();
        Assert.Equal((ErrorCode.KafkaStorageError, -1L), Answer(refused));
        Assert.Equal((ErrorCode.None, 0L), Answer(appended));
        Assert.Equal(["appended"], node.Read("t").Values());
    }

    private static (ErrorCode, long) Answer(TestRequest request)
    {
        ProduceResponse.PartitionProduceResponse answer = Assert.IsType<ProduceResponse>(request.Response).Responses[0].PartitionResponses[0];
        return (answer.ErrorCode, answer.BaseOffset);
    }
}
