using Support;
using Support.Clients;

namespace Compatibility.Clients;

/// <summary>
/// Members with a name of their own (group.instance.id, KIP-345) come back to their partitions without disturbing the others. Of the
/// clients of npm none has such names.
/// </summary>
public sealed class StaticMemberTests
{
    private const int Size = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [SkippableFact]
    public Task Of_Java_they_come_back_without_a_rebalance() => ComeBackAsync(new JavaClient());

    [SkippableFact]
    public Task Of_librdkafka_they_come_back_without_a_rebalance() => ComeBackAsync(new Librdkafka());

    private static async Task ComeBackAsync(KafkaClient client)
    {
        client.Require();
        Judges.Command("kcat");
        using var broker = new TestBroker("group.initial.rebalance.delay.ms=0");
        await Topics.CreateAsync(broker.Bootstrap, "numbers", 6);
        using NumberWriter writer = client.StartWriter(broker.Bootstrap, "numbers", 6, "none");
        int started = 0;
        using var group = new RunningGroup(() => client.StartMember(broker.Bootstrap, "named", "numbers", instance: $"reader-{started++ % Size}"));
        group.Add(Size);
        Wait.Until("each has two partitions", Patience, () => Distinct(group) == 6 && group.Members.All(m => m.Assigned.Length == 2), () => Explain(group, broker));
        group.AllReadOn("at the start", Patience);
        string[] held = group.Members[0].Assigned;
        int[] assignments = [.. group.Members.Skip(1).Select(m => m.Assignments)];

        group.KillOne();
        group.Add(1); // with the name of the one that was killed
        group.AllReadOn("after one was killed and started again", Patience);
        Assert.Equal(held, group.Members[^1].Assigned);

        broker.KillHard();
        broker.Start();
        writer.GoesOn("after the broker was killed", Patience);
        group.KillOne();
        group.Add(1);
        group.AllReadOn("after the broker was killed, and another of them", Patience);
        Assert.Equal(6, Distinct(group));
        // The one member that lived through it all was given partitions but once.
        Assert.True(assignments[^1] == group.Members[0].Assignments, Explain(group, broker));

        writer.Finish();
        long[] log = Topics.Numbers(broker.Bootstrap, "numbers");
        Assert.Empty(writer.Acknowledged.Except(log));
        group.HaveReadAll(log, Patience);
    }

    private static int Distinct(RunningGroup group) => group.Members.SelectMany(m => m.Assigned).Distinct().Count();

    private static string Explain(RunningGroup group, TestBroker broker) =>
        string.Join('\n', group.Members.Select(m => $"{string.Join(' ', m.Assigned)} {m.Errors}")) + broker.Log;
}
