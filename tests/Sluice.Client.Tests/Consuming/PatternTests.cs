using System.Text;
using System.Text.RegularExpressions;
using Sluice.Client.Cluster;
using Sluice.Client.Consuming;
using Sluice.Client.Consuming.Groups;
using Sluice.Client.Producing;

namespace Sluice.Client.Tests.Consuming;

/// <summary>Topics that are subscribed to by a pattern.</summary>
public sealed class PatternTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Theory]
    [InlineData("a|ab", "a,ab")]
    [InlineData("a.*", "a,ab,abc")]
    [InlineData("(?x) ab # the middle one", "ab")]
    [InlineData("b", "")]
    [InlineData(".*", "a,ab,abc")]
    public void The_whole_name_must_match_and_internal_topics_never_do(string pattern, string expected)
    {
        Protocol.Messages.MetadataResponse metadata = new()
        {
            Topics = [.. new[] { "a", "ab", "abc", "__consumer_offsets" }.Select(name => new Protocol.Messages.MetadataResponse.MetadataResponseTopic { Name = name, IsInternal = name[0] == '_' })],
        };
        var options = pattern.StartsWith("(?x)", StringComparison.Ordinal) ? RegexOptions.IgnorePatternWhitespace : RegexOptions.None;
        HashSet<string> matches = new TopicPattern(new Regex(pattern, options)).Matches(ClusterView.Empty.With(metadata, allTopics: true, 0));
        Assert.Equal(expected, string.Join(',', matches.Order()));
    }

    [Fact]
    public async Task A_topic_made_later_is_read_too_and_one_that_does_not_match_is_not()
    {
        string prefix = $"pattern-{Guid.NewGuid():N}";
        await using var consumer = new Consumer(new ConsumerOptions
        {
            BootstrapServers = broker.Bootstrap, GroupId = prefix, AutoOffsetReset = AutoOffsetReset.Earliest, MetadataMaxAge = TimeSpan.FromMilliseconds(200),
            HeartbeatInterval = TimeSpan.FromMilliseconds(200),
        });
        consumer.Subscribe(new Regex($"{prefix}-[0-9]+"));
        Assert.Empty(await consumer.PollAsync(TimeSpan.FromMilliseconds(500)));

        await Write($"{prefix}-other", "not wanted");
        await Write($"{prefix}-1", "first");
        Assert.Equal("first", await Next(consumer));
        await Write($"{prefix}-2", "second");
        Assert.Equal("second", await Next(consumer));
        Assert.Equal([new TopicPartition($"{prefix}-1", 0), new TopicPartition($"{prefix}-2", 0)], consumer.Assignment.Order());
        await consumer.UnsubscribeAsync();
        Assert.Empty(consumer.Assignment);
    }

    [Fact]
    public async Task A_pattern_that_takes_too_long_is_an_error_of_the_poll()
    {
        await broker.NewTopic(1);
        await using var consumer = new Consumer(new ConsumerOptions { BootstrapServers = broker.Bootstrap, GroupId = "slow-pattern" });
        consumer.Subscribe(new Regex("(([a-z0-9-]+)+)+!", RegexOptions.None, TimeSpan.FromMilliseconds(1)));
        await Assert.ThrowsAsync<RegexMatchTimeoutException>(async () =>
        {
            using var limit = new CancellationTokenSource(Reading.Patience);
            while (true) await consumer.PollAsync(TimeSpan.FromSeconds(1), limit.Token);
        });
    }

    private async Task Write(string topic, string value)
    {
        await using var producer = new Producer(new ProducerOptions { BootstrapServers = broker.Bootstrap });
        await producer.SendAsync(new ProducerRecord(topic, null, Encoding.UTF8.GetBytes(value)));
    }

    private static async Task<string> Next(Consumer consumer)
    {
        using var limit = new CancellationTokenSource(Reading.Patience);
        while (true)
        {
            using ConsumedRecords records = await consumer.PollAsync(TimeSpan.FromSeconds(5), limit.Token);
            if (records.Count > 0) return Reading.Text(Assert.Single(records).Value);
        }
    }
}
