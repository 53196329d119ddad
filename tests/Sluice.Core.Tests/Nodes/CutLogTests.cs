using Sluice.Core.Partitions;
using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Nodes;

public sealed class CutLogTests
{
    [Fact]
    public void A_log_that_is_cut_below_what_was_flushed_does_not_count_what_is_written_then_as_flushed()
    {
        using var node = new TestNode();
        node.Ask(new CreateTopicsRequest
        {
            Topics = [new() { Name = "a", NumPartitions = 1, ReplicationFactor = 1, Configs = [new() { Name = "flush.messages", Value = "1" }] }],
            TimeoutMs = 30_000,
        }, 5);
        byte[] batch = TestBatches.Batch(["value"], node.Clock.NowMs);
        for (int i = 0; i < 5; i++) node.Ask(TestBatches.Produce("a", batch), 9);
        node.Pass(60_000);
        Assert.Contains("a 0 5", Checkpoint(node), StringComparison.Ordinal);
        node.Node.Stop(clean: false);
        string path = $"{node.Path}/a-0/00000000000000000000.log";
        byte[] log = File.ReadAllBytes(path);
        log[(2 * batch.Length) + RecordBatch.HeaderSize] ^= 1;
        File.WriteAllBytes(path, log);
        node.Start();
        Partition partition = node.Shard.Partitions.Find(node.Image.Topics.ByName("a")!.Id, 0)!;
        Assert.Equal(2, partition.Log!.LogEndOffset);
        Assert.Contains("a 0 2", Checkpoint(node), StringComparison.Ordinal);
    }

    private static string Checkpoint(TestNode node) => File.ReadAllText($"{node.Path}/recovery-point-offset-checkpoint");
}
