using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

/// <summary>Consumer groups of the classic protocol: each version of JoinGroup makes a group of its own, on which the others rest.</summary>
internal static class GroupCases
{
    private const int SessionMs = 1_800_000;
    private const short SyncMax = 5;

    public static IEnumerable<Case> All =>
    [
        .. Finding(), .. Joining(), .. Syncing(), .. Living(), .. Committing(), .. Fetching(), .. Describing(), .. Deleting(), .. Leaving(),
    ];

    private static string Joined(short version) => $"join-v{Math.Min(version, SyncMax)}";

    private static IEnumerable<Case> Finding() =>
    [
        Find("a group", 0, "some-group"),
        Find("an empty group id", 0, ""),
        Find("an unknown kind", 9, "some-group"),
        Find("a negative kind", -1, "some-group"),
        Find("a transaction", 1, "some-transaction"),
        new(ApiKey.FindCoordinator, "several groups", (_, _) => new FindCoordinatorRequest { CoordinatorKeys = ["a", "b", "a"] }) { From = 4 },
        new(ApiKey.FindCoordinator, "no groups", (_, _) => new FindCoordinatorRequest { CoordinatorKeys = [] }) { From = 4 },
    ];

    private static Case Find(string name, sbyte kind, string key) => new(ApiKey.FindCoordinator, name, (_, v) => new FindCoordinatorRequest
    {
        KeyType = kind, Key = v < 4 ? key : "", CoordinatorKeys = v < 4 ? [] : [key],
    }) { From = (short)(kind == 0 ? 0 : 1) };

    private static IEnumerable<Case> Joining() =>
    [
        Join("no group id", _ => ""),
        Join("a session that is too short", v => $"none-v{v}", sessionMs: 5_999),
        Join("a session that is too long", v => $"none-v{v}", sessionMs: 1_800_001),
        Join("no way of assignment", v => $"none-v{v}", ways: []),
        Join("no kind of member", v => $"none-v{v}", type: ""),
        Join("an unknown member of an unknown group", v => $"nowhere-v{v}", member: (_, _) => "nobody"),
        Join("a new member", v => $"join-v{v}"),
        Join("a member that comes back with its id", v => $"join-v{v}", member: Member, from: 4),
        Join("an unknown member", v => $"join-v{v}", member: (_, _) => "nobody"),
        Join("another kind of member", v => $"join-v{v}", type: "connect"),
        Join("no way in common", v => $"join-v{v}", ways: ["sticky"]),
        Join("an unknown static member with an id", v => $"join-v{v}", member: (_, _) => "nobody", instance: "someone", from: 5),
        Join("a member that asks again", v => $"join-v{v}", member: Member),
        Join("a static member", v => $"static-v{v}", instance: "me", from: 5),
        Join("a static member that has restarted", v => $"static-v{v}", instance: "me", from: 5),
        Join("a static member's former self", v => $"static-v{v}", member: (world, v) => (string)world.Kept[$"former-static-v{v}"], instance: "me", from: 5),
    ];

    private static Case Join(
        string name, Func<short, string> group, Func<World, short, string>? member = null, string? instance = null, string type = "consumer", string[]? ways = null, int sessionMs = SessionMs, short from = 0) => new(
        ApiKey.JoinGroup, name, (world, v) => new JoinGroupRequest
        {
            GroupId = group(v), MemberId = member?.Invoke(world, v) ?? "", GroupInstanceId = instance, ProtocolType = type, SessionTimeoutMs = sessionMs, RebalanceTimeoutMs = v == 0 ? -1 : 1_000_000,
            Protocols = [.. (ways ?? ["range", "roundrobin"]).Select(w => new JoinGroupRequest.JoinGroupRequestProtocol { Name = w, Metadata = Subscription })],
        })
    {
        From = from,
        Then = (world, v, response) => Keep(world, group(v), (JoinGroupResponse)response),
    };

    private static void Keep(World world, string group, JoinGroupResponse response)
    {
        if (response.MemberId is "" or "nobody") return;
        world.Name(response.MemberId, "<member>");
        if (response.ErrorCode is not (ErrorCode.None or ErrorCode.MemberIdRequired)) return;
        if (world.Kept.TryGetValue(group, out object? former)) world.Kept.TryAdd($"former-{group}", former);
        world.Kept[group] = response.MemberId;
        world.Kept[$"generation-{group}"] = response.GenerationId;
    }

    private static string Member(World world, short version) => (string)world.Kept[$"join-v{version}"];

    private static string MemberOf(World world, short version) => (string)world.Kept[Joined(version)];

    private static int GenerationOf(World world, short version) => (int)world.Kept[$"generation-{Joined(version)}"];

    private static IEnumerable<Case> Syncing() =>
    [
        Sync("no group id", group: _ => ""),
        Sync("an unknown group", group: v => $"nowhere-v{v}"),
        Sync("an unknown member", member: "nobody"),
        Sync("a wrong generation", generation: 99),
        Sync("another way of assignment", way: "sticky", from: 5),
        Sync("no way of assignment", way: null, from: 5),
        Sync("the leader's assignment"),
        Sync("a second time"),
    ];

    private static Case Sync(string name, Func<short, string>? group = null, string? member = null, int? generation = null, string? way = "range", short from = 0) => new(
        ApiKey.SyncGroup, name, (world, v) => new SyncGroupRequest
        {
            GroupId = group?.Invoke(v) ?? $"join-v{v}", MemberId = member ?? MemberOf(world, v), GenerationId = generation ?? GenerationOf(world, v),
            ProtocolType = v >= 5 && way is not null ? "consumer" : null, ProtocolName = v >= 5 ? way : null,
            Assignments = [new() { MemberId = MemberOf(world, v), Assignment = new byte[] { 1, 2, 3 } }, new() { MemberId = "nobody", Assignment = new byte[] { 4 } }],
        }) { From = from };

    private static IEnumerable<Case> Living() =>
    [
        Beat("a member"),
        Beat("no group id", group: ""),
        Beat("an unknown group", group: "nowhere"),
        Beat("an unknown member", member: "nobody"),
        Beat("no member", member: ""),
        Beat("a wrong generation", generation: 99),
        Beat("no generation", generation: -1),
        Beat("a static name that nobody has", instance: "someone", from: 3),
    ];

    private static Case Beat(string name, string? group = null, string? member = null, int? generation = null, string? instance = null, short from = 0) => new(
        ApiKey.Heartbeat, name, (world, v) => new HeartbeatRequest
        {
            GroupId = group ?? Joined(v), MemberId = member ?? MemberOf(world, v), GenerationId = generation ?? GenerationOf(world, v), GroupInstanceId = instance,
        }) { From = from };

    private static IEnumerable<Case> Committing() =>
    [
        Commit("a client without membership", v => $"simple-v{v}"),
        Commit("a member", Joined, isMember: true),
        Commit("no membership in a group with members", Joined),
        Commit("a wrong generation", Joined, isMember: true, generation: 99),
        Commit("an unknown member", Joined, member: "nobody", generation: 1),
        Commit("a generation of an unknown group", v => $"nowhere-v{v}", member: "nobody", generation: 1),
        Commit("a member without generation in an empty group", v => $"simple-v{v}", member: "nobody"),
        Commit("a generation in an empty group", v => $"simple-v{v}", member: "nobody", generation: 3),
        Commit("an empty group id", _ => ""),
        Commit("an unknown topic", v => $"simple-v{v}", topic: "nowhere"),
        Commit("an unknown partition", v => $"simple-v{v}", partitions: [9]),
        Commit("a negative partition", v => $"simple-v{v}", partitions: [-1]),
        Commit("good and bad partitions", v => $"simple-v{v}", partitions: [1, 9, 0]),
        Commit("a partition twice", v => $"simple-v{v}", partitions: [2, 2]),
        Commit("no partitions", v => $"simple-v{v}", partitions: []),
        Commit("a text that is too long", v => $"simple-v{v}", metadata: new string('x', 4097)),
        Commit("the longest text", v => $"simple-v{v}", partitions: [1], metadata: new string('x', 4096)),
        Commit("no text", v => $"simple-v{v}", partitions: [2], metadata: null),
        Commit("a negative offset", v => $"negative-v{v}", offset: -5),
        new(ApiKey.OffsetCommit, "no topics", (_, v) => new OffsetCommitRequest { GroupId = $"simple-v{v}" }),
        new(ApiKey.OffsetCommit, "a time to live", (_, v) => new OffsetCommitRequest
        {
            GroupId = $"simple-v{v}", RetentionTimeMs = 600_000, Topics = [new() { Name = "empty", Partitions = [new() { PartitionIndex = 0, CommittedOffset = 8, CommittedMetadata = "short" }] }],
        }) { To = 4 },
    ];

    private static Case Commit(
        string name, Func<short, string> group, bool isMember = false, string? member = null, int? generation = null, string topic = "empty", int[]? partitions = null, string? metadata = "text", long offset = 7) => new(
        ApiKey.OffsetCommit, name, (world, v) => new OffsetCommitRequest
        {
            GroupId = group(v), MemberId = member ?? (isMember ? MemberOf(world, v) : ""), GenerationIdOrMemberEpoch = generation ?? (isMember ? GenerationOf(world, v) : -1),
            Topics =
            [
                new()
                {
                    Name = v < 10 ? topic : "", TopicId = v < 10 ? Uuid.Zero : IdOf(world, topic),
                    Partitions = [.. (partitions ?? [0]).Select(p => new OffsetCommitRequest.OffsetCommitRequestPartition { PartitionIndex = p, CommittedOffset = offset, CommittedLeaderEpoch = v >= 6 ? 3 : -1, CommittedMetadata = metadata })],
                },
            ],
        });

    private static IEnumerable<Case> Fetching() =>
    [
        Fetch("of a simple group", _ => "simple-v9", "empty", [0, 1, 2, 9]),
        Fetch("of a group with members", Joined, "empty", [0]),
        Fetch("of an unknown group", _ => "nowhere", "empty", [0]),
        Fetch("of an empty group id", _ => "", "empty", [0]),
        Fetch("of an unknown topic", _ => "simple-v9", "nowhere", [0]),
        Fetch("of no partitions", _ => "simple-v9", "empty", []),
        Fetch("of a partition twice", _ => "simple-v9", "empty", [1, 1]),
        Fetch("of all partitions", _ => "simple-v9", null, [], from: 2),
        Fetch("of all partitions of an unknown group", _ => "nowhere", null, [], from: 2),
        Fetch("stable ones", _ => "simple-v9", "empty", [0], from: 7, stable: true),
        new(ApiKey.OffsetFetch, "of several groups", (world, v) => new OffsetFetchRequest { Groups = [Group(world, v, "simple-v9", "empty", [0]), Group(world, v, "nowhere", "empty", [0]), Group(world, v, "simple-v9", null, [])] }) { From = 8 },
        new(ApiKey.OffsetFetch, "of no groups", (_, _) => new OffsetFetchRequest()) { From = 8 },
        new(ApiKey.OffsetFetch, "good and unknown topics", (world, v) => new OffsetFetchRequest
        {
            Groups = [new() { GroupId = "simple-v9", Topics = [.. Group(world, v, "", "nowhere", [1]).Topics!, .. Group(world, v, "", "empty", [1]).Topics!] }],
        }) { From = 8 },
    ];

    private static Case Fetch(string name, Func<short, string> group, string? topic, List<int> partitions, short from = 1, bool stable = false) => new(ApiKey.OffsetFetch, name, (world, v) => new OffsetFetchRequest
    {
        GroupId = v < 8 ? group(v) : "",
        Topics = v >= 8 ? [] : topic is null ? null : [new() { Name = topic, PartitionIndexes = partitions }],
        Groups = v < 8 ? [] : [Group(world, v, group(v), topic, partitions)],
        RequireStable = stable,
    }) { From = from };

    private static OffsetFetchRequest.OffsetFetchRequestGroup Group(World world, short version, string group, string? topic, List<int> partitions) => new()
    {
        GroupId = group,
        Topics = topic is null ? null : [new() { Name = version < 10 ? topic : "", TopicId = version < 10 ? Uuid.Zero : IdOf(world, topic), PartitionIndexes = partitions }],
    };

    private static Uuid IdOf(World world, string topic) => world.Id(topic) is var id && id != Uuid.Zero ? id : new Uuid(77, 77);

    private static IEnumerable<Case> Describing() =>
    [
        Describe("a stable group", v => [Joined(v)]),
        Describe("a group that rebalances", _ => ["static-v6"]),
        Describe("a simple group", _ => ["simple-v9"]),
        Describe("an unknown group", _ => ["nowhere"]),
        Describe("an empty group id", _ => [""]),
        Describe("a group twice", _ => ["simple-v9", "simple-v9"]),
        Describe("no groups", _ => []),
        Describe("what may be done", v => [Joined(v), "nowhere"], operations: true, from: 3),
        List("all", [], []),
        List("of a state", ["stable"], [], from: 4),
        List("of a state in capitals", ["EMPTY"], [], from: 4),
        List("of an unknown state", ["somewhere"], [], from: 4),
        List("of a type", [], ["Classic"], from: 5),
        List("of another type", [], ["consumer"], from: 5),
        List("of an unknown type", [], ["someone"], from: 5),
        List("of a type and a state", ["Stable"], ["classic"], from: 5),
    ];

    private static Case Describe(string name, Func<short, List<string>> groups, bool operations = false, short from = 0) =>
        new(ApiKey.DescribeGroups, name, (_, v) => new DescribeGroupsRequest { Groups = groups(v), IncludeAuthorizedOperations = operations }) { From = from };

    private static Case List(string name, List<string> states, List<string> types, short from = 0) =>
        new(ApiKey.ListGroups, name, (_, _) => new ListGroupsRequest { StatesFilter = states, TypesFilter = types }) { From = from };

    private static IEnumerable<Case> Deleting() =>
    [
        Forget("no group id", "", "empty", 0),
        Forget("an unknown group", "nowhere", "empty", 0),
        Forget("an unknown group and topic", "nowhere", "nowhere", 0),
        Forget("an unknown topic", "simple-v9", "nowhere", 0),
        Forget("an unknown partition", "simple-v9", "empty", 1, 9),
        Forget("a partition without offset", "simple-v8", "times", 0),
        Forget("a partition twice", "simple-v8", "empty", 0, 0),
        Forget("a topic that members read", "join-v5", "plain", 0),
        Forget("a topic that members do not read", "join-v5", "empty", 0),
        new(ApiKey.OffsetDelete, "no topics", (_, _) => new OffsetDeleteRequest { GroupId = "simple-v8" }),
        Delete("an unknown group", _ => ["nowhere"]),
        Delete("an empty group id", _ => [""]),
        Delete("a group with members", _ => ["join-v5"]),
        Delete("a simple group", v => [$"simple-v{v + 2}"]),
        Delete("a group that was just deleted", v => [$"simple-v{v + 2}"]),
        Delete("good and bad", v => [$"simple-v{v + 5}", "nowhere", "join-v5"]),
        Delete("a group twice", _ => ["nowhere", "nowhere"]),
        Delete("no groups", _ => []),
    ];

    private static Case Forget(string name, string group, string topic, params int[] partitions) => new(ApiKey.OffsetDelete, name, (_, _) => new OffsetDeleteRequest
    {
        GroupId = group, Topics = [new() { Name = topic, Partitions = [.. partitions.Select(p => new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = p })] }],
    });

    private static Case Delete(string name, Func<short, List<string>> groups) => new(ApiKey.DeleteGroups, name, (_, v) => new DeleteGroupsRequest { GroupsNames = groups(v) });

    private static IEnumerable<Case> Leaving() =>
    [
        Leave("no group id", _ => "", (_, _) => "nobody"),
        Leave("an unknown group", _ => "nowhere", (_, _) => "nobody"),
        Leave("an unknown member", Joined, (_, _) => "nobody"),
        Leave("no member", Joined, (_, _) => ""),
        Leave("a static name that nobody has", Joined, (_, _) => "", instance: "someone", from: 3),
        Leave("a member", v => $"join-v{v}", MemberOf),
        Leave("a member that has left", v => $"join-v{v}", MemberOf),
        Leave("a static member by its name", v => $"static-v{v + 2}", (_, _) => "", instance: "me", from: 3),
        new(ApiKey.LeaveGroup, "no members", (_, _) => new LeaveGroupRequest { GroupId = "join-v5" }) { From = 3 },
    ];

    private static Case Leave(string name, Func<short, string> group, Func<World, short, string> member, string? instance = null, short from = 0) => new(ApiKey.LeaveGroup, name, (world, v) => new LeaveGroupRequest
    {
        GroupId = group(v), MemberId = v < 3 ? member(world, v) : "", Members = v < 3 ? [] : [new() { MemberId = member(world, v), GroupInstanceId = instance }],
    }) { From = from };

    private static byte[] Subscription { get; } = [0, 0, .. new ConsumerProtocolSubscription { Topics = ["plain"] }.ToBytes(0)];
}
