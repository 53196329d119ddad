using System.Text.Json.Nodes;
using Sluice.Cli.Output;
using Sluice.Client;
using Sluice.Client.Admin;
using Sluice.Protocol;

namespace Sluice.Cli.Data;

/// <summary>A partition as a group reads it.</summary>
internal readonly record struct GroupPartition(TopicPartition Partition, long? Committed, long? End, GroupMemberDescription? Member)
{
    public long? Lag => End - Committed;
}

/// <summary>A group with the offsets and the lag of its partitions.</summary>
internal sealed record GroupDetails(GroupDescription Group, IReadOnlyList<GroupPartition> Partitions)
{
    /// <exception cref="KafkaException">There is no such group.</exception>
    public static async Task<GroupDetails> ReadAsync(AdminClient admin, string name, CancellationToken cancellation)
    {
        GroupDescription group = (await admin.Groups.DescribeAsync([name], cancellation).ConfigureAwait(false))[name].Get();
        if (group.State == "Dead") throw new KafkaException(ErrorCode.GroupIdNotFound, $"group '{name}'");
        var committed = await admin.Groups.OffsetsAsync(name, null, cancellation).ConfigureAwait(false);
        var readers = new Dictionary<TopicPartition, GroupMemberDescription>();
        foreach (GroupMemberDescription member in group.Members)
        {
            foreach (TopicPartition partition in member.Partitions) readers[partition] = member;
        }

        List<TopicPartition> all = [.. committed.Keys.Union(readers.Keys).Order()];
        var ends = await admin.Records.ListOffsetsAsync(all.ToDictionary(p => p, _ => OffsetSpec.Latest), cancellation: cancellation).ConfigureAwait(false);
        return new GroupDetails(group, all.ConvertAll(p => new GroupPartition(
            p, committed.GetValueOrDefault(p)?.Offset, ends.TryGetValue(p, out Outcome<FoundOffset> end) ? end.Value?.Offset : null, readers.GetValueOrDefault(p))));
    }

    public void Write(TextWriter output)
    {
        string assignor = Group.Assignor.Length > 0 ? $", assignor {Group.Assignor}" : "";
        output.WriteLine($"{Group.GroupId}  ({Group.State}, coordinator {Group.Coordinator}{assignor})");
        TextTable.Write(output, ["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER", "HOST"], Partitions.Select(p => new[]
        {
            p.Partition.Topic, $"{p.Partition.Partition}", Text(p.Committed), Text(p.End), Text(p.Lag), p.Member?.InstanceId ?? p.Member?.MemberId ?? "-", p.Member?.Host ?? "-",
        }));
        List<GroupMemberDescription> idle = [.. Group.Members.Where(m => m.Partitions.Count == 0)];
        if (idle.Count > 0) output.WriteLine($"members without a partition: {string.Join(", ", idle.Select(m => m.MemberId))}");
    }

    public JsonObject ToJson() => new()
    {
        ["group"] = Group.GroupId,
        ["state"] = Group.State,
        ["coordinator"] = Group.Coordinator,
        ["assignor"] = Group.Assignor,
        ["members"] = OutputFormat.Array(Group.Members.Select(m => new JsonObject { ["memberId"] = m.MemberId, ["instanceId"] = m.InstanceId, ["clientId"] = m.ClientId, ["host"] = m.Host })),
        ["partitions"] = OutputFormat.Array(Partitions.Select(p => new JsonObject
        {
            ["topic"] = p.Partition.Topic, ["partition"] = p.Partition.Partition, ["committed"] = p.Committed, ["end"] = p.End, ["lag"] = p.Lag, ["memberId"] = p.Member?.MemberId,
        })),
    };

    private static string Text(long? number) => number is { } some ? $"{some}" : "-";
}
