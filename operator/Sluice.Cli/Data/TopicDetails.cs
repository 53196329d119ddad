using System.Text.Json.Nodes;
using Sluice.Cli.Output;
using Sluice.Client;
using Sluice.Client.Admin;

namespace Sluice.Cli.Data;

/// <summary>A topic with the offsets of its partitions and the settings that were set on it.</summary>
internal sealed record TopicDetails(
    TopicDescription Topic, IReadOnlyDictionary<TopicPartition, Outcome<FoundOffset>> First, IReadOnlyDictionary<TopicPartition, Outcome<FoundOffset>> End, IReadOnlyList<ConfigEntry> Settings)
{
    /// <exception cref="KafkaException">One of the topics does not exist.</exception>
    public static async Task<List<TopicDetails>> ReadAsync(AdminClient admin, string[] names, CancellationToken cancellation)
    {
        var topics = await admin.DescribeTopicsAsync(names, cancellation).ConfigureAwait(false);
        List<TopicDescription> found = [.. names.Distinct().Select(n => topics[n].Get())];
        List<TopicPartition> led = [.. found.SelectMany(t => t.Partitions.Where(p => p.Leader >= 0).Select(p => new TopicPartition(t.Name, p.Id)))];
        var first = await admin.Records.ListOffsetsAsync(led.ToDictionary(p => p, _ => OffsetSpec.Earliest), cancellation: cancellation).ConfigureAwait(false);
        var end = await admin.Records.ListOffsetsAsync(led.ToDictionary(p => p, _ => OffsetSpec.Latest), cancellation: cancellation).ConfigureAwait(false);
        var settings = await admin.DescribeConfigsAsync(found.Select(t => ConfigResource.Topic(t.Name)), cancellation).ConfigureAwait(false);
        return found.ConvertAll(t => new TopicDetails(
            t, first, end, [.. settings[ConfigResource.Topic(t.Name)].Get().Where(s => s.Source == ConfigSource.DynamicTopic).OrderBy(s => s.Name, StringComparer.Ordinal)]));
    }

    public void Write(TextWriter output)
    {
        output.WriteLine($"{Topic.Name}  (id {Topic.Id}{(Topic.IsInternal ? ", internal" : "")})");
        foreach (ConfigEntry setting in Settings) output.WriteLine($"  {setting.Name} = {setting.Value}");
        TextTable.Write(output, ["PARTITION", "LEADER", "REPLICAS", "IN SYNC", "FIRST OFFSET", "END OFFSET"], Topic.Partitions.Select(p => new[]
        {
            $"{p.Id}", p.Leader < 0 ? "none" : $"{p.Leader}", string.Join(',', p.Replicas), string.Join(',', p.InSyncReplicas), Text(First, p.Id), Text(End, p.Id),
        }));
    }

    public JsonObject ToJson() => new()
    {
        ["name"] = Topic.Name,
        ["id"] = Topic.Id.ToString(),
        ["internal"] = Topic.IsInternal,
        ["settings"] = new JsonObject(Settings.Select(s => KeyValuePair.Create(s.Name, (JsonNode?)JsonValue.Create(s.Value)))),
        ["partitions"] = OutputFormat.Array(Topic.Partitions.Select(p => new JsonObject
        {
            ["partition"] = p.Id,
            ["leader"] = p.Leader,
            ["replicas"] = OutputFormat.Array(p.Replicas.Select(r => JsonValue.Create(r))),
            ["inSync"] = OutputFormat.Array(p.InSyncReplicas.Select(r => JsonValue.Create(r))),
            ["firstOffset"] = Offset(First, p.Id),
            ["endOffset"] = Offset(End, p.Id),
        })),
    };

    private long? Offset(IReadOnlyDictionary<TopicPartition, Outcome<FoundOffset>> offsets, int partition) =>
        offsets.TryGetValue(new TopicPartition(Topic.Name, partition), out Outcome<FoundOffset> found) ? found.Value?.Offset : null;

    private string Text(IReadOnlyDictionary<TopicPartition, Outcome<FoundOffset>> offsets, int partition) => Offset(offsets, partition) is { } offset ? $"{offset}" : "?";
}
