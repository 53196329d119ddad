using Sluice.Client;
using Sluice.Client.Admin;
using Support;
using Support.Clients;

namespace Compatibility.Clients;

/// <summary>What each of other people's clients must be able to do with a broker; a class for each client runs it.</summary>
public abstract class ClientScenarios
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // SLUICE_TEST_KILLS makes it as long as one likes.
    private static int Kills => int.Parse(Environment.GetEnvironmentVariable("SLUICE_TEST_KILLS") ?? "2");

    internal abstract KafkaClient Client { get; }

    /// <summary>What the client gives its members to choose an assignor; null for its default.</summary>
    internal virtual string? Strategy => null;

    /// <summary>What the producer compresses with while the broker is killed: each client another codec.</summary>
    internal virtual string Codec => "none";

    [SkippableFact]
    public Task Nothing_is_lost_or_written_twice_while_members_and_the_broker_are_killed() => GroupUnderKillsAsync(Strategy);

    /// <summary>A group of three reads what an idempotent producer writes, while members and the broker come and go.</summary>
    internal async Task GroupUnderKillsAsync(string? strategy)
    {
        Client.Require();
        Judges.Command("kcat");
        using var broker = new TestBroker("group.initial.rebalance.delay.ms=0");
        await Topics.CreateAsync(broker.Bootstrap, "numbers", 6);
        using NumberWriter writer = Client.StartWriter(broker.Bootstrap, "numbers", 6, Codec);
        using var group = new RunningGroup(() => Client.StartMember(broker.Bootstrap, "readers", "numbers", strategy));
        group.Add(3);
        group.AllReadOn("at the start", Patience);

        group.KillOne();
        group.Add(1);
        group.AllReadOn("after a member was killed and one was added", Patience);
        if (Client.StopsWithoutLoss) group.StopOne();
        else group.KillOne();
        group.AllReadOn("after a member left", Patience);

        if (Client.OutlivesTheBroker) KillBrokerUnder(broker, writer, group);
        writer.Finish();
        if (!Client.OutlivesTheBroker)
        {
            broker.KillHard();
            broker.Start();
            group.Add(3);
        }

        long[] log = Topics.Numbers(broker.Bootstrap, "numbers");
        Assert.Equal(log.Length, log.Distinct().Count());
        Assert.Empty(writer.Acknowledged.Except(log));
        group.HaveReadAll(log, Patience);
    }

    private static void KillBrokerUnder(TestBroker broker, NumberWriter writer, RunningGroup group)
    {
        for (int i = 1; i <= Kills; i++)
        {
            broker.KillHard();
            broker.Start();
            writer.GoesOn($"after kill {i} of the broker", Patience);
            group.AllReadOn($"after kill {i} of the broker", Patience);
        }
    }
}

/// <summary>A client with a driver of its own, which can make admin calls.</summary>
public abstract class DrivenClientScenarios : ClientScenarios
{
    [SkippableFact]
    public void Admin_calls_work()
    {
        Client.Require();
        using var broker = new TestBroker();
        var result = ((DrivenClient)Client).Admin(broker.Bootstrap, "administered", "administered-group");
        (string Name, string Value)[] expected =
        [
            ("createdTwice", "TOPIC_ALREADY_EXISTS"), ("listed", "True"), ("partitions", "5"), ("retention", "3600000"), ("retentionChanged", "7200000"),
            ("brokers", "1"), ("latest", "10"), ("lowWatermark", "4"), ("earliest", "4"), ("committed", "7"), ("groupListed", "True"), ("groupState", "empty"),
            ("groupDeleted", "True"), ("deleted", "True"),
        ];
        Assert.Equal(expected, expected.Select(e => (e.Name, result.GetProperty(e.Name).ToString())));
    }
}

/// <summary>Topics of a scenario.</summary>
internal static class Topics
{
    public static async Task CreateAsync(string bootstrap, string topic, int partitions)
    {
        await using var admin = new AdminClient(new ClientOptions { BootstrapServers = bootstrap });
        (await admin.CreateTopicsAsync([new NewTopic(topic, partitions, 1, new Dictionary<string, string>())]))[topic].Get();
    }

    /// <summary>All the numbers in a topic, as kcat reads them.</summary>
    public static long[] Numbers(string bootstrap, string topic) =>
        [.. Shell.Bash("kcat -b $1 -t $2 -C -o beginning -e -q -m 60 -f '%s\\n'", bootstrap, topic).Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
}
