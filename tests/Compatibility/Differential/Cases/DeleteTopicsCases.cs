using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

internal static class DeleteTopicsCases
{
    public static IEnumerable<Case> All =>
    [
        // CreateTopics began with version 2.
        Of("one", v => [$"created-v{v + 1}"], changes: true),
        Of("one that was just deleted", v => [$"created-v{v + 1}"]),
        Of("two", v => [$"pair-a-v{v + 1}", $"pair-b-v{v + 1}"], changes: true),
        Of("an unknown topic", _ => ["nowhere-at-all"]),
        Of("an empty name", _ => [""]),
        Of("an invalid name", _ => ["a/b"]),
        Of("a topic twice", _ => ["plain", "plain"]),
        Of("an unknown topic twice", _ => ["nowhere-at-all", "nowhere-at-all"]),
        Of("a good and a bad one", v => [$"created-placed-v{v + 1}", "nowhere-at-all"], changes: true),
        Of("the metadata log", _ => ["__cluster_metadata"]),
        Of("no topics", _ => []),
        Of("no time", _ => ["plain"], timeout: 0),
        ById("by id", world => [new() { Name = null, TopicId = world.Id("good-v7") }], changes: true),
        ById("by an unknown id", _ => [new() { Name = null, TopicId = new Uuid(77, 77) }]),
        ById("by id and name", world => [new() { Name = "plain", TopicId = world.Id("plain") }]),
        ById("by neither", _ => [new() { Name = null }]),
        ById("by id and by name", world => [new() { Name = "plain" }, new() { Name = null, TopicId = world.Id("plain") }]),
        ById("by id twice", world => [new() { Name = null, TopicId = world.Id("plain") }, new() { Name = null, TopicId = world.Id("plain") }]),
    ];

    private static Case Of(string name, Func<short, string[]> topics, int timeout = 30_000, bool changes = false) => new(ApiKey.DeleteTopics, name, (_, v) => new DeleteTopicsRequest
    {
        TimeoutMs = timeout,
        TopicNames = v < 6 ? [.. topics(v)] : [],
        Topics = v < 6 ? [] : [.. topics(v).Select(t => new DeleteTopicsRequest.DeleteTopicState { Name = t })],
    }) { Changes = changes };

    private static Case ById(string name, Func<World, List<DeleteTopicsRequest.DeleteTopicState>> topics, bool changes = false) => new(
        ApiKey.DeleteTopics, name, (world, _) => new DeleteTopicsRequest { TimeoutMs = 30_000, Topics = topics(world) }) { From = 6, Changes = changes };
}
