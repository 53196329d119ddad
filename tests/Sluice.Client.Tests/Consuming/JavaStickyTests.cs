using System.Diagnostics;
using System.Text.Json.Nodes;
using Sluice.Client.Consuming;
using Sluice.Client.Consuming.Assignment;
using Support;

namespace Sluice.Client.Tests.Consuming;

/// <summary>A group of this client's and of Java's members, which tell each other what they had through user data of Java's format.</summary>
public sealed class JavaStickyTests
{
    [SkippableFact]
    public async Task A_group_is_shared_with_Javas_StickyAssignor_whoever_leads()
    {
        string kafka = Judges.Kafka();
        using var broker = new TestBroker("offsets.topic.num.partitions=4", "group.initial.rebalance.delay.ms=0");
        string topic = await Topics.NewAsync(broker.Bootstrap, 6);
        await using Consumer ours = Member(broker.Bootstrap, topic), second = Member(broker.Bootstrap, topic);
        using (var java = new JavaMember(kafka, broker.Bootstrap, topic))
        {
            // Java comes first and leads.
            await PollUntil(() => java.Owned == 6, java);
            ours.Subscribe([topic]);
            await PollUntil(() => java.Owned == 3 && ours.Assignment.Count == 3, java, ours);
            TopicPartition[] kept = [.. ours.Assignment];
            second.Subscribe([topic]);
            await PollUntil(() => java.Owned == 2 && ours.Assignment.Count == 2 && second.Assignment.Count == 2, java, ours, second);
            Assert.Subset(kept.ToHashSet(), ours.Assignment.ToHashSet());
        }

        // It is gone, and this client leads; then it comes back.
        await PollUntil(() => ours.Assignment.Count == 3 && second.Assignment.Count == 3, null, ours, second);
        HashSet<TopicPartition> first = [.. ours.Assignment], other = [.. second.Assignment];
        using var again = new JavaMember(kafka, broker.Bootstrap, topic);
        await PollUntil(() => again.Owned == 2 && ours.Assignment.Count == 2 && second.Assignment.Count == 2, again, ours, second);
        Assert.Subset(first, ours.Assignment.ToHashSet());
        Assert.Subset(other, second.Assignment.ToHashSet());
    }

    private static Consumer Member(string bootstrap, string group) => new(new ConsumerOptions
    {
        BootstrapServers = bootstrap, GroupId = group, Assignors = [PartitionAssignor.Sticky], HeartbeatInterval = TimeSpan.FromMilliseconds(200),
    });

    /// <summary>Rebalances advance in the polls of our consumers.</summary>
    private static Task PollUntil(Func<bool> condition, JavaMember? java, params Consumer[] ours) => Wait.UntilAsync(
        async () =>
        {
            foreach (Consumer consumer in ours) await consumer.PollAsync(TimeSpan.FromMilliseconds(50));
            return condition();
        },
        () => $"ours: {string.Join(" | ", ours.Select(o => string.Join(' ', o.Assignment)))}; Java's: {java}");

    /// <summary>Kafka's verifiable consumer.</summary>
    private sealed class JavaMember : IDisposable
    {
        private readonly Process _process;
        private readonly Queue<string> _last = [];

        public JavaMember(string kafka, string bootstrap, string topic)
        {
            var start = new ProcessStartInfo(
                kafka, ["verifiable-consumer", "--bootstrap-server", bootstrap, "--topic", topic, "--group-id", topic, "--session-timeout", "45000", "--assignment-strategy", "org.apache.kafka.clients.consumer.StickyAssignor"])
            { RedirectStandardOutput = true, RedirectStandardError = true };
            _process = Process.Start(start)!;
            _process.OutputDataReceived += (_, line) => Read(line.Data);
            _process.ErrorDataReceived += (_, line) => Read(line.Data);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public int Owned { get; private set; }

        public void Dispose()
        {
            // Asked to end, it leaves the group; killed, it would belong to it until its session ends.
            Shell.Run("kill", $"{_process.Id}");
            if (!_process.WaitForExit(TimeSpan.FromSeconds(60))) _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
            _process.Dispose();
        }

        public override string ToString()
        {
            lock (_last) return string.Join('\n', _last);
        }

        private void Read(string? line)
        {
            if (line is null) return;
            lock (_last)
            {
                _last.Enqueue(line);
                if (_last.Count > 20) _last.Dequeue();
            }

            if (!line.StartsWith('{')) return;
            var document = (JsonObject)JsonNode.Parse(line)!;
            if ((string?)document["name"] == "partitions_assigned") Owned = document["partitions"]!.AsArray().Count;
            else if ((string?)document["name"] == "partitions_revoked") Owned = 0;
        }
    }
}
