using System.Diagnostics;
using Support;
using Support.Clients;

namespace EndToEnd;

/// <summary>Consumer groups of three kinds of clients side by side, while the broker is killed with -9.</summary>
public sealed class GroupTests(EmbeddedKubernetes sluice) : IClassFixture<EmbeddedKubernetes>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    // SLUICE_TEST_KILLS makes it as long as one likes.
    private static int Kills => int.Parse(Environment.GetEnvironmentVariable("SLUICE_TEST_KILLS") ?? "2");

    [SkippableFact]
    public void Every_record_arrives_in_every_group_while_the_broker_is_killed()
    {
        sluice.Require();
        Judges.Command("kcat");
        new JavaClient().Require();
        var librdkafka = new Librdkafka();
        NodeClient kafkajs = NodeClient.KafkaJs;
        kafkajs.Require();
        CreateTopic();
        string bootstrap = sluice.Bootstrap();

        using NumberWriter writer = librdkafka.StartWriter(bootstrap, "numbers", 6, "lz4");
        using var console = new RunningGroup(() => JavaClient.StartConsoleConsumer(bootstrap, "console-consumers", "numbers"));
        using var node = new RunningGroup(() => kafkajs.StartMember(bootstrap, "kafkajs", "numbers"));
        using var confluent = new RunningGroup(() => librdkafka.StartMember(bootstrap, "librdkafka", "numbers"));
        RunningGroup[] groups = [console, node, confluent];
        foreach (RunningGroup group in groups) group.Add(3);
        foreach (RunningGroup group in groups) group.AllReadOn("at the start", Patience);

        for (int i = 1; i <= Kills; i++)
        {
            int pid = sluice.BrokerPid();
            Process.GetProcessById(pid).Kill();
            Wait.Until("another broker process runs", Patience, () => sluice.BrokerPid() is not 0 and int next && next != pid);
            writer.GoesOn($"after kill {i} of the broker", Patience);
            foreach (RunningGroup group in groups) group.AllReadOn($"after kill {i} of the broker", Patience);
        }

        writer.Finish();
        long[] log = [.. Shell.Bash("kcat -b $1 -t numbers -C -o beginning -e -q -m 60 -f '%s\\n'", bootstrap).Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        Assert.Empty(writer.Acknowledged.Except(log));
        Assert.Equal(log.Length, log.Distinct().Count());
        foreach (RunningGroup group in groups) group.HaveReadAll(log, Patience);
    }

    private void CreateTopic()
    {
        sluice.Apply("""
            apiVersion: sluice.dev/v1alpha1
            kind: Topic
            metadata:
              name: numbers
            spec:
              clusterRef:
                name: sample
              partitions: 6
            """);
        sluice.Kubectl("wait", "--for=condition=Ready", "topic/numbers", "--timeout=120s");
    }
}
