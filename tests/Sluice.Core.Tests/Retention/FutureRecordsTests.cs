using Sluice.Core.Tests.Fixtures;

namespace Sluice.Core.Tests.Retention;

public sealed class FutureRecordsTests
{
    private const long DayMs = 86_400_000;

    private static MiniNode WithTopic(params (string, string)[] settings)
    {
        var node = new MiniNode(properties: new() { ["log.retention.check.interval.ms"] = "1000" });
        node.Create("t", settings: [("segment.ms", "100"), ("message.timestamp.after.max.ms", $"{long.MaxValue}"), .. settings]);
        return node;
    }

    private static int Warnings(MiniNode node) => node.Logged.Count(line => line.StartsWith("Warning: t-0 holds a record whose time is", StringComparison.Ordinal));

    private static long HeldMs(MiniNode node) => node.Shards[0].Partitions.Statistics().Single().HeldMs;

    [Fact]
    public void A_record_from_the_future_that_holds_retention_is_told_of_once_and_shown_until_its_time_has_come()
    {
        using MiniNode node = WithTopic(("retention.ms", "5000"));
        long ahead = node.Clock.NowMs + DayMs;
        node.Append("t", TestBatches.Batch(["a"], ahead));
        node.Pass(1000);
        for (int i = 0; i < 5; i++)
        {
            node.Append("t", TestBatches.Batch(["b"], node.Clock.NowMs));
            node.Pass(3000);
        }
        // Nothing goes, however old.
        Assert.Equal(0, node.Shards[0].Partitions.All.Single().Log!.LogStartOffset);
        Assert.Equal(1, Warnings(node));
        Assert.Equal(ahead - node.Clock.NowMs, HeldMs(node));
        node.Pass(DayMs);
        node.Pass(10_000);
        Assert.Equal(0, HeldMs(node));
        Assert.True(node.Shards[0].Partitions.All.Single().Log!.LogStartOffset > 0);
        Assert.Equal(1, Warnings(node));
    }

    [Theory]
    [InlineData("retention.ms", "5000", 60_000)]
    [InlineData("retention.ms", "-1", DayMs)]
    [InlineData("cleanup.policy", "compact", DayMs)]
    public void Nothing_is_said_where_clocks_differ_a_little_or_retention_does_not_go_by_time(string name, string value, long aheadMs)
    {
        using MiniNode node = WithTopic((name, value));
        node.Append("t", TestBatches.Batch(["a"], node.Clock.NowMs + aheadMs));
        node.Pass(3000);
        Assert.Equal((0, 0L), (Warnings(node), HeldMs(node)));
    }
}
