using System.Collections.Concurrent;
using System.Text;
using Sluice.Client.Consuming;
using Sluice.Client.Consuming.Assignment;
using Sluice.Client.Producing;
using Support;

namespace Sluice.Client.Tests.Consuming;

/// <summary>What groups must do, whoever coordinates them: run against Sluice and against Apache Kafka.</summary>
internal static class GroupScenarios
{
    private const int Partitions = 6;

    /// <summary>Three members read, one is killed, one leaves, one comes: every record arrives, and between rebalances at one member only.</summary>
    public static async Task MembersComeAndGo(string bootstrap, params PartitionAssignor[] assignors)
    {
        string topic = await Topics.NewAsync(bootstrap, Partitions);
        string group = $"group-{Guid.NewGuid():N}";
        var seen = new ConcurrentDictionary<string, int>();
        await using var producer = new Producer(new ProducerOptions { BootstrapServers = bootstrap });
        var members = new List<Member>();
        int sent = 0;
        try
        {
            for (int i = 0; i < 3; i++) members.Add(new Member(bootstrap, group, topic, seen, assignors));
            await All(members, m => m.Count == 2);
            await Send(producer, topic, seen, sent, sent += 3000);

            members[0].Die();
            members.RemoveAt(0);
            await Send(producer, topic, seen, sent, sent += 3000);
            await All(members, m => m.Count == 3);

            await members[0].DisposeAsync();
            members.RemoveAt(0);
            await All(members, m => m.Count == Partitions);
            members.Add(new Member(bootstrap, group, topic, seen, assignors));
            await All(members, m => m.Count == 3);
            await Send(producer, topic, seen, sent, sent += 3000);
        }
        finally
        {
            foreach (Member member in members) await member.DisposeAsync();
        }

        // What the member that died had read and not committed comes again, and nothing else may.
        Assert.Equal(sent, seen.Count);
        Assert.InRange(seen.Values.Count(times => times > 1), 0, 3000);
    }

    /// <summary>What was committed is where the next member goes on.</summary>
    public static async Task CommittedOffsetsAreWhereTheNextGoesOn(string bootstrap)
    {
        string topic = await Topics.NewAsync(bootstrap, 1);
        var partition = new TopicPartition(topic, 0);
        var options = new ConsumerOptions
        {
            BootstrapServers = bootstrap, GroupId = $"group-{Guid.NewGuid():N}", EnableAutoCommit = false, AutoOffsetReset = AutoOffsetReset.Earliest, MaxPollRecords = 10,
        };
        await using (var producer = new Producer(new ProducerOptions { BootstrapServers = bootstrap }))
        {
            for (int i = 0; i < 100; i++) producer.Send(new ProducerRecord(topic, null, Encoding.UTF8.GetBytes($"{i}")));
        }

        await using (var first = new Consumer(options))
        {
            first.Subscribe([topic]);
            Assert.Equal(0, (await Next(first))[0].Offset);
            Assert.Equal(10, (await Next(first))[0].Offset);
            await first.CommitAsync();
            Assert.Equal(20, (await first.CommittedAsync([partition]))[partition]!.Value.Offset);
            Assert.Equal(20, (await Next(first))[0].Offset);
        }

        await using var second = new Consumer(options);
        second.Subscribe([topic]);
        Assert.Equal(20, (await Next(second))[0].Offset);
        await second.UnsubscribeAsync();
        await second.CommitAsync(new Dictionary<TopicPartition, OffsetAndEpoch> { [partition] = new(77) });
        second.Subscribe([topic]);
        Assert.Equal(77, (await Next(second))[0].Offset);
    }

    private static async Task<ConsumedRecords> Next(Consumer consumer)
    {
        using var limit = new CancellationTokenSource(Reading.Patience);
        while (true)
        {
            ConsumedRecords records = await consumer.PollAsync(TimeSpan.FromSeconds(5), limit.Token);
            if (records.Count > 0) return records;
        }
    }

    private static async Task Send(Producer producer, string topic, ConcurrentDictionary<string, int> seen, int from, int to)
    {
        for (int i = from; i < to; i++) producer.Send(new ProducerRecord(topic, null, Encoding.UTF8.GetBytes($"{i}")) { Partition = i % Partitions });
        await producer.FlushAsync();
        await Wait.UntilAsync(() => seen.Count == to, () => $"{seen.Count} of {to} records");
    }

    private static Task All(List<Member> members, Func<IReadOnlyCollection<TopicPartition>, bool> condition) =>
        Wait.UntilAsync(() => members.All(m => condition(m.Assignment)), () => string.Join(" | ", members.Select(m => string.Join(' ', m.Assignment.Order()))));

    /// <summary>A consumer that polls in a loop, and can stop without a word as a killed process does.</summary>
    private sealed class Member : IRebalanceListener, IAsyncDisposable
    {
        private readonly Consumer _consumer;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _loop;
        private readonly ConcurrentDictionary<TopicPartition, bool> _owned = [];

        public Member(string bootstrap, string group, string topic, ConcurrentDictionary<string, int> seen, PartitionAssignor[] assignors)
        {
            _consumer = new Consumer(new ConsumerOptions
            {
                BootstrapServers = bootstrap, GroupId = group, Assignors = assignors, AutoOffsetReset = AutoOffsetReset.Earliest,
                SessionTimeout = TimeSpan.FromSeconds(6), HeartbeatInterval = TimeSpan.FromMilliseconds(200), AutoCommitInterval = TimeSpan.FromMilliseconds(100),
            });
            _consumer.Subscribe([topic], this);
            _loop = Task.Run(() => Loop(seen));
        }

        public IReadOnlyCollection<TopicPartition> Assignment => [.. _owned.Keys];

        public ValueTask OnAssignedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation)
        {
            foreach (TopicPartition partition in partitions) Assert.True(_owned.TryAdd(partition, true));
            return default;
        }

        public ValueTask OnRevokedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation)
        {
            foreach (TopicPartition partition in partitions) Assert.True(_owned.TryRemove(partition, out _));
            return default;
        }

        public void Die()
        {
            // Neither heartbeats nor a farewell: the process is gone as far as the group can tell.
            _consumer.Abandon();
            _stop.Cancel();
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _loop;
            await _consumer.DisposeAsync();
            _stop.Dispose();
        }

        private async Task Loop(ConcurrentDictionary<string, int> seen)
        {
            try
            {
                while (!_stop.IsCancellationRequested)
                {
                    using ConsumedRecords records = await _consumer.PollAsync(TimeSpan.FromSeconds(1), _stop.Token);
                    foreach (ConsumedRecord record in records.Span) seen.AddOrUpdate(Reading.Text(record.Value), 1, (_, times) => times + 1);
                }
            }
            catch (OperationCanceledException)
            {
                // The test ends this member.
            }
        }
    }
}
