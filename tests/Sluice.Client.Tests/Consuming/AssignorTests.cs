using Sluice.Client.Consuming.Assignment;

namespace Sluice.Client.Tests.Consuming;

/// <summary>Expected shares are those of Kafka's own tests (RangeAssignorTest, RoundRobinAssignorTest, AbstractStickyAssignorTest, CooperativeStickyAssignorTest).</summary>
public sealed class AssignorTests
{
    [Fact]
    public void Range_gives_the_first_members_one_more()
    {
        var shares = Share(PartitionAssignor.Range, [("t1", 3), ("t2", 3)], Member("consumer1", ["t1", "t2"]), Member("consumer2", ["t1", "t2"]));
        Assert.Equal("t1-0 t1-1 t2-0 t2-1", shares["consumer1"]);
        Assert.Equal("t1-2 t2-2", shares["consumer2"]);
    }

    [Fact]
    public void Range_shares_each_topic_among_those_who_read_it()
    {
        var shares = Share(
            PartitionAssignor.Range, [("t1", 3), ("t2", 2)], Member("consumer1", ["t1"]), Member("consumer2", ["t1", "t2"]), Member("consumer3", ["t1"]));
        Assert.Equal("t1-0", shares["consumer1"]);
        Assert.Equal("t1-1 t2-0 t2-1", shares["consumer2"]);
        Assert.Equal("t1-2", shares["consumer3"]);
    }

    [Fact]
    public void Range_puts_static_members_first_by_their_names()
    {
        var shares = Share(
            PartitionAssignor.Range, [("t", 3)], Member("consumer-a", ["t"]), Member("consumer-b", ["t"]) with { InstanceId = "instance2" }, Member("consumer-c", ["t"]) with { InstanceId = "instance1" });
        Assert.Equal(("t-0", "t-1", "t-2"), (shares["consumer-c"], shares["consumer-b"], shares["consumer-a"]));
    }

    [Fact]
    public void Round_robin_takes_turns()
    {
        var shares = Share(PartitionAssignor.RoundRobin, [("t1", 3), ("t2", 3)], Member("consumer1", ["t1", "t2"]), Member("consumer2", ["t1", "t2"]));
        Assert.Equal("t1-0 t1-2 t2-1", shares["consumer1"]);
        Assert.Equal("t1-1 t2-0 t2-2", shares["consumer2"]);
    }

    [Fact]
    public void Round_robin_passes_over_those_who_do_not_read_a_topic()
    {
        var shares = Share(
            PartitionAssignor.RoundRobin, [("t1", 3), ("t2", 2)], Member("consumer1", ["t1"]), Member("consumer2", ["t1", "t2"]), Member("consumer3", ["t1"]));
        Assert.Equal("t1-0", shares["consumer1"]);
        Assert.Equal("t1-1 t2-0 t2-1", shares["consumer2"]);
        Assert.Equal("t1-2", shares["consumer3"]);
    }

    [Fact]
    public void Sticky_begins_like_round_robin()
    {
        var shares = Share(PartitionAssignor.CooperativeSticky, [("t1", 3), ("t2", 3)], Member("consumer1", ["t1", "t2"]), Member("consumer2", ["t1", "t2"]));
        Assert.Equal("t1-0 t1-2 t2-1", shares["consumer1"]);
        Assert.Equal("t1-1 t2-0 t2-2", shares["consumer2"]);
    }

    [Fact]
    public void Sticky_gives_what_moves_to_nobody_before_its_owner_gave_it_up()
    {
        // As in Kafka's testAssignmentWithMultipleGenerations and testReassignmentAfterOneConsumerAdded.
        MemberSubscription first = Member("consumer1", ["t"], owned: ["t-0", "t-1", "t-2"]);
        var shares = Share(PartitionAssignor.CooperativeSticky, [("t", 3)], first, Member("consumer2", ["t"], generation: -1));
        Assert.Equal("t-0 t-1", shares["consumer1"]);
        Assert.Equal("", shares["consumer2"]);

        var next = Share(PartitionAssignor.CooperativeSticky, [("t", 3)], Member("consumer1", ["t"], owned: ["t-0", "t-1"], generation: 2), Member("consumer2", ["t"], generation: 2));
        Assert.Equal("t-0 t-1", next["consumer1"]);
        Assert.Equal("t-2", next["consumer2"]);
    }

    [Fact]
    public void Sticky_keeps_what_the_others_had_when_a_member_goes()
    {
        var shares = Share(
            PartitionAssignor.CooperativeSticky, [("t", 6)], Member("consumer2", ["t"], owned: ["t-1", "t-4"]), Member("consumer3", ["t"], owned: ["t-2", "t-5"]));
        Assert.Equal("t-0 t-1 t-4", shares["consumer2"]);
        Assert.Equal("t-2 t-3 t-5", shares["consumer3"]);
    }

    [Fact]
    public void Sticky_ignores_what_an_old_generation_or_two_members_claim()
    {
        var shares = Share(
            PartitionAssignor.CooperativeSticky, [("t", 2)],
            Member("consumer1", ["t"], owned: ["t-0"], generation: 5), Member("consumer2", ["t"], owned: ["t-0", "t-1"], generation: 4));
        Assert.Equal("t-0", shares["consumer1"]);
        Assert.Equal("t-1", shares["consumer2"]);
    }

    [Fact]
    public void Eager_sticky_hands_over_at_once_what_must_move()
    {
        MemberSubscription first = Member("consumer1", ["t"], owned: ["t-0", "t-1", "t-2"]);
        var shares = Share(PartitionAssignor.Sticky, [("t", 3)], first, Member("consumer2", ["t"], generation: -1));
        Assert.Equal(("t-0 t-1", "t-2"), (shares["consumer1"], shares["consumer2"]));
    }

    [Fact]
    public void Eager_sticky_tells_what_it_had_in_the_bytes_of_Javas_StickyAssignor()
    {
        // Printed by StickyAssignor.subscriptionUserData of Kafka 4.3.1.
        byte[] java = Convert.FromHexString("00000002000162000000010000000100066f726465727300000002000000000000000200000005");
        TopicPartition[] share = [new("b", 1), new("orders", 0), new("orders", 2)];
        Assert.Equal(java, PartitionAssignor.Sticky.UserData(share, 5));
        Assert.Null(PartitionAssignor.Sticky.UserData([], -1));

        MemberSubscription member = Member("consumer1", ["b", "orders"]);
        MemberSubscription recalled = PartitionAssignor.Sticky.Recall(member, java);
        Assert.Equal((5, "b-1 orders-0 orders-2"), (recalled.Generation, string.Join(' ', recalled.Owned)));
        // Version 0 of the bytes has no generation.
        Assert.Equal((-1, 3), (PartitionAssignor.Sticky.Recall(member, java.AsMemory(..^4)).Generation, PartitionAssignor.Sticky.Recall(member, java.AsMemory(..^4)).Owned.Count));
        for (int cut = 0; cut < java.Length - 4; cut++) Assert.Empty(PartitionAssignor.Sticky.Recall(member, java.AsMemory(..cut)).Owned);
    }

    [Fact]
    public void Every_assignor_gives_each_partition_to_one_reader_and_keeps_sticky_shares_even()
    {
        for (int seed = 0; seed < 300; seed++) Check(new Random(seed));
    }

    private static void Check(Random random)
    {
        var topics = Enumerable.Range(0, random.Next(1, 4)).ToDictionary(i => $"t{i}", _ => random.Next(0, 8));
        bool alike = random.Next(2) == 0;
        List<MemberSubscription> members = [.. Enumerable.Range(0, random.Next(1, 6))
            .Select(i => Member($"m{i}", [.. topics.Keys.Where(_ => alike || random.Next(2) == 0)], generation: -1))];
        foreach (PartitionAssignor assignor in (PartitionAssignor[])[PartitionAssignor.Range, PartitionAssignor.RoundRobin, PartitionAssignor.Sticky, PartitionAssignor.CooperativeSticky])
        {
            var shares = assignor.Assign(topics, members);
            var given = shares.SelectMany(s => s.Value.Select(p => (p, s.Key))).ToList();
            Assert.Equal(given.Count, given.Select(g => g.p).Distinct().Count());
            Assert.All(given, g => Assert.Contains(g.p.Topic, members.Single(m => m.MemberId == g.Key).Topics));
            Assert.Equal(topics.Where(t => members.Any(m => m.Topics.Contains(t.Key))).Sum(t => t.Value), given.Count);
        }

        CheckStickiness(PartitionAssignor.Sticky, topics, members, alike);
        CheckStickiness(PartitionAssignor.CooperativeSticky, topics, members, alike);
    }

    private static void CheckStickiness(PartitionAssignor assignor, Dictionary<string, int> topics, List<MemberSubscription> members, bool alike)
    {
        var sticky = assignor.Assign(topics, members);
        if (alike) Assert.InRange(sticky.Max(s => s.Value.Count) - sticky.Min(s => s.Value.Count), 0, 1);
        // A round in which nobody came or went moves nothing.
        var settled = members.ConvertAll(m => m with { Owned = sticky[m.MemberId], Generation = 1 });
        var again = assignor.Assign(topics, settled);
        Assert.All(sticky, s => Assert.Equal(s.Value.Order(), again[s.Key].Order()));
    }

    private static Dictionary<string, string> Share(PartitionAssignor assignor, (string Name, int Count)[] topics, params MemberSubscription[] members) =>
        assignor.Assign(topics.ToDictionary(t => t.Name, t => t.Count), members).ToDictionary(s => s.Key, s => string.Join(' ', s.Value.Order()));

    private static MemberSubscription Member(string id, string[] topics, string[]? owned = null, int generation = 1) =>
        new(id, null, topics, [.. (owned ?? []).Select(o => new TopicPartition(o[..o.LastIndexOf('-')], int.Parse(o[(o.LastIndexOf('-') + 1)..])))], generation);
}
