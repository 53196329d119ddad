using Sluice.Client.Consuming.Assignment;
using Support;

namespace Sluice.Client.Tests.Consuming;

/// <summary>Groups coordinated by Sluice.</summary>
public sealed class GroupBrokerTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public Task Every_record_arrives_while_members_of_an_eager_group_come_and_go() =>
        GroupScenarios.MembersComeAndGo(broker.Bootstrap, PartitionAssignor.Range, PartitionAssignor.CooperativeSticky);

    [Fact]
    public Task Every_record_arrives_while_members_of_a_round_robin_group_come_and_go() => GroupScenarios.MembersComeAndGo(broker.Bootstrap, PartitionAssignor.RoundRobin);

    [Fact]
    public Task Every_record_arrives_while_members_of_an_eager_sticky_group_come_and_go() => GroupScenarios.MembersComeAndGo(broker.Bootstrap, PartitionAssignor.Sticky);

    [Fact]
    public Task Every_record_arrives_while_members_of_a_cooperative_group_come_and_go() => GroupScenarios.MembersComeAndGo(broker.Bootstrap, PartitionAssignor.CooperativeSticky);

    [Fact]
    public Task A_member_goes_on_where_the_last_one_committed() => GroupScenarios.CommittedOffsetsAreWhereTheNextGoesOn(broker.Bootstrap);
}

/// <summary>The same against Apache Kafka, which must not be able to tell this client from its own.</summary>
public sealed class KafkaJudgeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-test-").FullName;
    private bool _started;

    [SkippableFact]
    public async Task Apache_Kafka_serves_this_client_as_its_own()
    {
        string kafka = Judges.Kafka();
        _started = true;
        string bootstrap = Shell.Run(kafka, "start", _folder, "1", $"{TestPorts.Free()}").Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Trim();
        await GroupScenarios.CommittedOffsetsAreWhereTheNextGoesOn(bootstrap);
        await GroupScenarios.MembersComeAndGo(bootstrap, PartitionAssignor.CooperativeSticky);
        await GroupScenarios.MembersComeAndGo(bootstrap, PartitionAssignor.Range);
    }

    public void Dispose()
    {
        if (_started) Shell.Run(Judges.Kafka(), "stop", _folder);
        Directory.Delete(_folder, recursive: true);
    }
}

internal static class TestPorts
{
    public static int Free()
    {
        while (true)
        {
            using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
            socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
            int port = ((System.Net.IPEndPoint)socket.LocalEndPoint!).Port;
            // The controller of Kafka's script listens a thousand ports higher, so both must exist.
            if (port < 64000) return port;
        }
    }
}
