using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Asked = Sluice.Protocol.Messages.CreatePartitionsRequest.CreatePartitionsTopic;

namespace Compatibility.Differential.Cases;

internal static class CreatePartitionsCases
{
    public static IEnumerable<Case> All =>
    [
        // created-set-v3 and its like were made with three partitions.
        Of("one more", v => [To($"created-set-v{v + 2}", 4)], changes: true),
        Of("one more at a place", v => [To($"created-set-v{v + 2}", 5, [1])], changes: true),
        Of("only checked", _ => [To("plain", 3)], validateOnly: true),
        Of("as many", _ => [To("plain", 2)]),
        Of("fewer", _ => [To("plain", 1)]),
        Of("none", _ => [To("plain", 0)]),
        Of("a negative count", _ => [To("plain", -1)]),
        Of("fewer places than partitions", _ => [To("plain", 4, [1])]),
        Of("more places than partitions", _ => [To("plain", 3, [1], [1])]),
        Of("a place that is not there", _ => [To("plain", 3, [2])]),
        Of("two replicas", _ => [To("plain", 3, [1, 2])]),
        Of("the same replica twice", _ => [To("plain", 3, [1, 1])]),
        Of("no replica", _ => [To("plain", 3, Array.Empty<int>())]),
        Of("an unknown topic", _ => [To("nowhere-at-all", 3)]),
        Of("an empty name", _ => [To("", 3)]),
        Of("an invalid name", _ => [To("a/b", 3)]),
        Of("a topic twice", _ => [To("plain", 3), To("plain", 4)]),
        Of("good and bad ones", _ => [To("plain", 3), To("nowhere-at-all", 4)], validateOnly: true),
        Of("no topics", _ => []),
        Of("no time", _ => [To("plain", 3)], timeout: 0),
    ];

    private static Case Of(string name, Func<short, List<Asked>> topics, int timeout = 30_000, bool validateOnly = false, bool changes = false) => new(
        ApiKey.CreatePartitions, name, (_, v) => new CreatePartitionsRequest { Topics = topics(v), TimeoutMs = timeout, ValidateOnly = validateOnly }) { Changes = changes };

    private static Asked To(string topic, int count, params int[][] places) => new()
    {
        Name = topic,
        Count = count,
        Assignments = places.Length == 0 ? null : [.. places.Select(p => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = [.. p] })],
    };
}
