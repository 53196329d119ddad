using System.Globalization;
using Sluice.Client;
using Sluice.Client.Admin;

namespace Sluice.Cli.Data;

/// <summary>Where offsets are to be set: a place, an offset, or so many records from where they are.</summary>
internal sealed record OffsetTarget(OffsetSpec? Place, long? Offset, long? By)
{
    /// <exception cref="CommandException">Not exactly one was given.</exception>
    public static OffsetTarget Of(bool earliest, bool latest, long? offset, DateTimeOffset? time, long? by)
    {
        var targets = new List<OffsetTarget>();
        if (earliest) targets.Add(new(OffsetSpec.Earliest, null, null));
        if (latest) targets.Add(new(OffsetSpec.Latest, null, null));
        if (offset is not null) targets.Add(new(null, offset, null));
        if (time is { } at) targets.Add(new(OffsetSpec.At(at), null, null));
        if (by is not null) targets.Add(new(null, null, by));
        return targets is [var one] ? one : throw new CommandException("give exactly one of --to-earliest, --to-latest, --to-offset, --to-time and --by.", ExitCodes.Usage);
    }
}

/// <summary>A committed offset as it is (null: none) and as it shall be.</summary>
internal readonly record struct OffsetMove(TopicPartition Partition, long? From, long To);

/// <summary>Plans and carries out new offsets for a group.</summary>
internal sealed class OffsetReset(AdminClient admin, string group)
{
    /// <exception cref="CommandException">A topic is unknown or written wrongly, or there is nothing to set.</exception>
    public async Task<IReadOnlyList<OffsetMove>> PlanAsync(string[] topics, OffsetTarget target, CancellationToken cancellation)
    {
        var committed = await admin.Groups.OffsetsAsync(group, null, cancellation).ConfigureAwait(false);
        List<TopicPartition> partitions = topics.Length == 0 ? [.. committed.Keys.Order()] : await Partitions(topics, cancellation).ConfigureAwait(false);
        if (partitions.Count == 0) throw new CommandException($"group '{group}' has no committed offsets; name topics with --topic.", ExitCodes.Usage);
        var first = await Find(partitions, OffsetSpec.Earliest, cancellation).ConfigureAwait(false);
        var end = await Find(partitions, OffsetSpec.Latest, cancellation).ConfigureAwait(false);
        var place = target.Place is { } spec ? await Find(partitions, spec, cancellation).ConfigureAwait(false) : [];
        return [.. partitions.Select(p =>
        {
            long? from = committed.TryGetValue(p, out CommittedOffset? offset) ? offset.Offset : null;
            long wanted = target.Offset ?? (target.By is { } by ? (from ?? first[p]) + by : place[p] < 0 ? end[p] : place[p]);
            return new OffsetMove(p, from, Math.Clamp(wanted, first[p], end[p]));
        })];
    }

    public Task ExecuteAsync(IReadOnlyList<OffsetMove> plan, CancellationToken cancellation) =>
        admin.Groups.AlterOffsetsAsync(group, plan.ToDictionary(m => m.Partition, m => new OffsetAndEpoch(m.To)), cancellation);

    private async Task<Dictionary<TopicPartition, long>> Find(List<TopicPartition> partitions, OffsetSpec spec, CancellationToken cancellation)
    {
        var found = await admin.Records.ListOffsetsAsync(partitions.ToDictionary(p => p, _ => spec), cancellation: cancellation).ConfigureAwait(false);
        return found.ToDictionary(f => f.Key, f => f.Value.Get().Offset);
    }

    private async Task<List<TopicPartition>> Partitions(string[] topics, CancellationToken cancellation)
    {
        var partitions = new List<TopicPartition>();
        foreach (string text in topics)
        {
            string[] parts = text.Split(':');
            TopicDescription topic = (await admin.DescribeTopicsAsync([parts[0]], cancellation).ConfigureAwait(false))[parts[0]].Get();
            IEnumerable<int> numbers = parts.Length == 1 ? topic.Partitions.Select(p => p.Id) : parts[1].Split(',').Select(n => Number(n, text));
            partitions.AddRange(numbers.Select(n => new TopicPartition(topic.Name, n)));
        }

        return partitions;
    }

    private static int Number(string text, string of) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? number
        : throw new CommandException($"--topic {of}: '{text}' is not the number of a partition.", ExitCodes.Usage);
}
