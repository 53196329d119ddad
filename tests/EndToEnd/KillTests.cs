using System.Diagnostics;
using Support;

namespace EndToEnd;

/// <summary>Processes are killed with -9 under load: nothing acknowledged is lost, and all comes back by itself.</summary>
public sealed class KillTests(EmbeddedKubernetes sluice) : IClassFixture<EmbeddedKubernetes>
{
    // SLUICE_TEST_KILLS makes it as long as one likes.
    private static int Kills => int.Parse(Environment.GetEnvironmentVariable("SLUICE_TEST_KILLS") ?? "5");

    [SkippableFact]
    public void A_broker_that_is_killed_comes_back_and_has_every_acknowledged_record()
    {
        sluice.Require();
        string topic = NewTopic("broker-killed");
        using var writer = new AcknowledgedWriter(sluice.Bootstrap(), topic);
        writer.Start();
        for (int i = 0; i < Kills; i++)
        {
            Progress(writer);
            int pid = sluice.BrokerPid();
            Process.GetProcessById(pid).Kill();
            Wait.Until("another broker process runs", TimeSpan.FromMinutes(2), () => sluice.BrokerPid() is not 0 and int next && next != pid);
        }

        Progress(writer);
        writer.Stop();
        AssertNothingLost(topic, writer.Acknowledged);
    }

    [SkippableFact]
    public void A_control_plane_that_is_killed_is_started_again_without_touching_the_broker()
    {
        sluice.Require();
        string topic = NewTopic("control-plane-killed");
        using var writer = new AcknowledgedWriter(BrokerAddressOf(), topic);
        writer.Start();
        int broker = sluice.BrokerPid();
        for (int i = 0; i < Kills; i++)
        {
            Progress(writer);
            Process.GetProcessById(sluice.ControlPlanePid()).Kill();
            Progress(writer);
            sluice.Sluice("up", "--detach");
            Assert.Equal(broker, sluice.BrokerPid());
            sluice.Kubectl("get", "topic", topic);
        }

        Progress(writer);
        writer.Stop();
        AssertNothingLost(topic, writer.Acknowledged);
    }

    private string NewTopic(string name)
    {
        sluice.Apply($"""
            apiVersion: sluice.dev/v1alpha1
            kind: Topic
            metadata:
              name: {name}
            spec:
              clusterRef:
                name: sample
              partitions: 1
            """);
        sluice.Kubectl("wait", "--for=condition=Ready", $"topic/{name}", "--timeout=120s");
        return name;
    }

    private static void Progress(AcknowledgedWriter writer)
    {
        long before = writer.Acknowledged;
        Wait.Until("the writer goes on", TimeSpan.FromMinutes(3), () => writer.Acknowledged >= before + 1000);
    }

    // The address that the broker advertises, which does not lead through the control plane's forwarder.
    private string BrokerAddressOf()
    {
        string metadata = Shell.Bash("kcat -b $1 -L -J", sluice.Bootstrap()).Succeeded();
        return System.Text.Json.JsonDocument.Parse(metadata).RootElement.GetProperty("brokers")[0].GetProperty("name").GetString()!;
    }

    private void AssertNothingLost(string topic, long acknowledged)
    {
        string read = Shell.Bash("kcat -b $1 -t $2 -p 0 -C -o beginning -e -q -f '%s\\n'", sluice.Bootstrap(), topic).Succeeded();
        HashSet<long> present = [.. read.TrimEnd().Split('\n').Select(long.Parse)];
        for (long i = 0; i < acknowledged; i++) Assert.True(present.Contains(i), $"record {i} of {acknowledged} was acknowledged and is gone");
    }
}
