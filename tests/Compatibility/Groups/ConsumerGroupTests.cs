using Support;
using Support.Clients;

namespace Compatibility.Groups;

/// <summary>Other people's consumers share topics in groups, and the tools of Apache Kafka manage them.</summary>
public sealed class ConsumerGroupTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [SkippableFact]
    public void Three_console_consumers_share_a_topic_and_read_on_after_the_broker_is_killed_and_one_of_them_too()
    {
        string kafka = Judges.Kafka();
        KafkaTools.Require();
        Judges.Command("kcat");
        using TestBroker broker = NewBroker("shared", 6);
        RunningTool[] consumers =
        [
            .. Enumerable.Range(0, 3).Select(_ => new RunningTool(
                kafka, "console-consumer", "--bootstrap-server", broker.Bootstrap, "--topic", "shared", "--group", "console", "--from-beginning", "--consumer-property", "session.timeout.ms=6000")),
        ];
        try
        {
            Produce(broker, "shared", 1, 300);
            Await(() => Missing(consumers, 300), consumers, broker);
            Await(() => WithPartitions(broker, "console") == 3 ? 0 : 1, consumers, broker);
            broker.KillHard();
            broker.Start();
            Produce(broker, "shared", 301, 600);
            Await(() => Missing(consumers, 600), consumers, broker);
            consumers[0].Kill();
            Produce(broker, "shared", 601, 900);
            Await(() => Missing(consumers, 900), consumers, broker);
        }
        finally
        {
            foreach (RunningTool consumer in consumers) consumer.Dispose();
        }
    }

    [SkippableFact]
    public void Three_balanced_consumers_of_librdkafka_share_a_topic_and_read_on_after_the_broker_is_killed()
    {
        Judges.Command("kcat");
        using TestBroker broker = NewBroker("shared", 6);
        // kcat gives up when it finds no broker; another takes its place.
        const string Script = "while :; do kcat -b $1 -G group-$2 -X partition.assignment.strategy=$2 -X auto.offset.reset=earliest -X session.timeout.ms=6000 -X auto.commit.interval.ms=200 -u -q shared; sleep 0.2; done";
        RunningTool[] consumers =
        [
            .. new[] { "range", "cooperative-sticky" }.SelectMany(strategy => Enumerable.Range(0, 3).Select(_ => new RunningTool("bash", "-c", Script, "bash", broker.Bootstrap, strategy))),
        ];
        try
        {
            foreach ((int first, int last) in new[] { (1, 300), (301, 600), (601, 900) })
            {
                Produce(broker, "shared", first, last);
                Await(() => Missing(consumers[..3], last) + Missing(consumers[3..], last), consumers, broker);
                broker.KillHard();
                broker.Start();
            }
        }
        finally
        {
            foreach (RunningTool consumer in consumers) consumer.Dispose();
        }
    }

    [SkippableFact]
    public void Groups_are_listed_described_reset_and_deleted_by_Kafkas_tool()
    {
        KafkaTools.Require();
        string kcat = Judges.Command("kcat");
        using TestBroker broker = NewBroker("orders", 2);
        Produce(broker, "orders", 1, 100);
        string Groups(params string[] arguments) => KafkaTools.Run("consumer-groups", ["--bootstrap-server", broker.Bootstrap, .. arguments]).Succeeded();
        using (var consumer = new RunningTool(kcat, "-b", broker.Bootstrap, "-G", "readers", "-X", "auto.offset.reset=earliest", "-X", "client.id=reader", "-X", "session.timeout.ms=6000", "-X", "auto.commit.interval.ms=100", "-u", "-q", "orders"))
        {
            Await(() => Missing([consumer], 100), [consumer], broker);
            Await(() => Lag(Groups("--describe", "--group", "readers"), "readers") == 0 ? 0 : 1, [consumer], broker);
            string members = Groups("--describe", "--group", "readers", "--members", "--verbose");
            Assert.Contains("reader", members);
            Assert.Contains("/127.0.0.1", members);
            Assert.Contains("orders:0,1", members.Replace("(", ":", StringComparison.Ordinal).Replace(")", "", StringComparison.Ordinal));
            Assert.Contains("Stable", Groups("--describe", "--group", "readers", "--state"));
        }
        Await(() => Groups("--list", "--state", "empty").Contains("readers", StringComparison.Ordinal) ? 0 : 1, [], broker);
        Assert.Contains("7", Groups("--reset-offsets", "--group", "readers", "--topic", "orders:0", "--to-offset", "7", "--execute"));
        Assert.Matches(@"readers\s+orders\s+0\s+7\s", Groups("--describe", "--group", "readers"));
        Assert.Contains("Successful", Groups("--delete-offsets", "--group", "readers", "--topic", "orders:0"));
        Assert.Contains("successful", Groups("--delete", "--group", "readers"));
        Assert.DoesNotContain("readers", Groups("--list"));
    }

    [SkippableFact]
    public void Dump_log_decodes_the_groups_and_offsets_that_are_kept()
    {
        KafkaTools.Require();
        Judges.Command("kcat");
        using TestBroker broker = NewBroker("orders", 1, "offsets.topic.num.partitions=1");
        Produce(broker, "orders", 1, 10);
        Shell.Bash("kcat -b $1 -G readers -X auto.offset.reset=earliest -e -q orders", broker.Bootstrap).Succeeded();
        Assert.Equal(0, broker.StopCleanly());
        string dump = KafkaTools.Run("dump-log", ["--offsets-decoder", "--files", Path.Combine(broker.Data, "__consumer_offsets-0", "00000000000000000000.log")]).Succeeded();
        Assert.Contains("\"group\":\"readers\",\"topic\":\"orders\",\"partition\":0", dump);
        Assert.Contains("\"protocolType\":\"consumer\"", dump);
        Assert.DoesNotContain("isvalid: false", dump);
    }

    [SkippableFact]
    public void A_broker_stops_at_once_although_members_wait_for_each_other()
    {
        string kcat = Judges.Command("kcat");
        using TestBroker broker = NewBroker("orders", 1, "group.initial.rebalance.delay.ms=600000");
        using var consumer = new RunningTool(kcat, "-b", broker.Bootstrap, "-G", "readers", "-q", "orders");
        Await(() => broker.Metrics().Contains("sluice_groups{state=\"PreparingRebalance\"} 1", StringComparison.Ordinal) ? 0 : 1, [consumer], broker);
        Assert.Equal(0, broker.StopCleanly());
        Assert.DoesNotContain("DrainTimedOut", broker.Log);
    }

    private static TestBroker NewBroker(string topic, int partitions, params string[] settings)
    {
        var broker = new TestBroker([$"num.partitions={partitions}", "group.initial.rebalance.delay.ms=500", .. settings]);
        // The first question for a topic makes it.
        Shell.Bash("kcat -b $1 -L -t $2 > /dev/null; kcat -b $1 -L -t $2", broker.Bootstrap, topic).Succeeded();
        return broker;
    }

    private static void Produce(TestBroker broker, string topic, int first, int last) =>
        Shell.Bash("seq $3 $4 | kcat -b $1 -t $2 -P -X partitioner=random -X sticky.partitioning.linger.ms=0 -X acks=all", broker.Bootstrap, topic, $"{first}", $"{last}").Succeeded();

    private static int Missing(RunningTool[] consumers, int last) =>
        Enumerable.Range(1, last).Select(i => $"{i}").Except(consumers.SelectMany(c => c.Lines)).Count();

    private static int WithPartitions(TestBroker broker, string group) =>
        KafkaTools.Run("consumer-groups", ["--bootstrap-server", broker.Bootstrap, "--describe", "--group", group]).Output.Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 6 && words[0] == group).Select(words => words[6]).Distinct().Count();

    private static long Lag(string described, string group)
    {
        string[][] rows = [.. described.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 5 && words[0] == group)];
        return rows.Length == 0 ? -1 : rows.Sum(words => long.TryParse(words[5], out long lag) ? lag : 1);
    }

    /// <summary>Waits until nothing is left to wait for.</summary>
    private static void Await(Func<int> left, RunningTool[] consumers, TestBroker broker)
    {
        int missing = 0;
        Wait.Until("nothing is missing", Patience, () => (missing = left()) <= 0, () =>
            $"{missing} are still missing.\n{string.Join('\n', consumers.Select(c => $"{c.Lines.Length} lines. {c.Errors}"))}\n{string.Join('\n', broker.Log.Split('\n').TakeLast(20))}");
    }
}
