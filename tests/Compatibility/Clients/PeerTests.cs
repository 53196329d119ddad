using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Compatibility.Differential;
using Support;
using Support.Clients;

namespace Compatibility.Clients;

/// <summary>What librdkafka sees of Sluice is what it sees of an Apache Kafka in a container; skipped where no container engine runs.</summary>
public sealed class PeerTests
{
    [SkippableFact]
    public async Task Librdkafka_sees_no_difference_to_a_Kafka_in_a_container()
    {
        ContainerEngine.Require();
        using KafkaServer kafka = new ContainerKafka();
        using var sluice = new TestBroker(Suite.Settings);
        var client = new Librdkafka();
        foreach (string codec in new[] { "none", "gzip", "snappy", "lz4", "zstd" })
        {
            Assert.Equal(await SeenAsync(client, kafka.Bootstrap, codec), await SeenAsync(client, sluice.Bootstrap, codec));
        }

        // A Kafka that has just started has no coordinator until somebody joins.
        JoinAndLeave(client, kafka.Bootstrap);
        JoinAndLeave(client, sluice.Bootstrap);
        Assert.Equal($"{client.Admin(kafka.Bootstrap, "administered", "group")}", $"{client.Admin(sluice.Bootstrap, "administered", "group")}");
    }

    [Fact]
    public void An_engine_that_does_not_answer_is_taken_for_absent_within_seconds()
    {
        using var deaf = new Socket(SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen();
        long began = Stopwatch.GetTimestamp();
        Assert.False(ContainerEngine.AnswersAt($"tcp://127.0.0.1:{((IPEndPoint)deaf.LocalEndPoint!).Port}"));
        Assert.False(ContainerEngine.AnswersAt("unix:///nowhere/docker.sock"));
        Assert.False(ContainerEngine.AnswersAt("not an address"));
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 10);
    }

    private static void JoinAndLeave(Librdkafka client, string bootstrap)
    {
        using GroupMember member = client.StartMember(bootstrap, "group", "seen-none");
        Wait.Until("the member has its partitions", TimeSpan.FromMinutes(1), () => member.Assigned.Length == 2, () => member.Errors);
        member.Stop();
    }

    private static async Task<string[]> SeenAsync(Librdkafka client, string bootstrap, string codec)
    {
        string topic = $"seen-{codec}";
        await Topics.CreateAsync(bootstrap, topic, 2);
        ClientRecord[] records = [.. Enumerable.Range(0, 200).Select(i => new ClientRecord(i % 2, i % 5 == 0 ? null : $"k{i}", i % 7 == 0 ? null : $"v{i} again and again", [("a", $"{i}"), ("b", null)]))];
        client.Produce(bootstrap, topic, codec, records);
        return [.. client.ConsumeWithOffsets(bootstrap, topic, records.Length).Select(r => $"{r.Record.Partition} {r.Offset:D4} {r.Record.Fingerprint()}").Order(StringComparer.Ordinal)];
    }
}
