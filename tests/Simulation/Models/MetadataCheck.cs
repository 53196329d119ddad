using System.Text;
using Simulation.Clients;
using Simulation.Hosts;
using Simulation.Runs;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Shards;

namespace Simulation.Models;

/// <summary>Compares the metadata after a restart with what the clients were told.</summary>
internal static class MetadataCheck
{
    /// <summary>The topics, partitions and settings that a node knows, as text; the same on every shard.</summary>
    public static string Describe(Machine machine)
    {
        string? first = null;
        foreach (Shard shard in machine.Node.Shards)
        {
            string text = Describe(shard.Image);
            first ??= text;
            if (text != first) throw new Violation($"shard {shard.Index} knows other metadata than shard 0:\n{text}\ninstead of\n{first}");
        }
        return first!;
    }

    /// <summary>Checks the metadata after a restart, and settles whether the change that was under way has happened.</summary>
    public static void Compare(World world)
    {
        _ = Describe(world.Machine);
        MetadataImage image = world.Machine.Node.Shards[0].Image;
        ClusterModel model = world.Model;
        if (model.Pending is { } pending)
        {
            model.Pending = null;
            TopicImage? topic = image.Topics.ByName(pending.Topic);
            bool happened = pending.Kind switch
            {
                PendingKind.Create => topic is not null,
                PendingKind.Delete => topic is null,
                PendingKind.Grow => topic is not null && topic.Partitions.Length == pending.Partitions,
                _ => pending.Settings.All(s => Settings(image, pending.Topic).GetValueOrDefault(s.Key) == s.Value),
            };
            world.Trace.Note($"{pending.Kind} {pending.Topic} has {(happened ? "" : "not ")}happened");
            if (happened) Administrator.Apply(model, pending, topic?.Id ?? default, world.Clock.NowMs);
            else if (pending.Kind == PendingKind.Configure) Administrator.Undo(model, pending, Settings(image, pending.Topic).GetValueOrDefault("flush.messages") == "1", world.Clock.NowMs);
        }
        string[] known = [.. model.Topics.Values.Select(t => $"{t.Name} {t.Id} {t.Partitions.Count}")];
        string[] found = [.. image.Topics.All.Where(t => !t.IsInternal && t.Name != GroupModel.Topic).Select(t => $"{t.Name} {t.Id} {t.Partitions.Length}")];
        if (!known.SequenceEqual(found)) throw new Violation($"the metadata has the topics\n{string.Join('\n', found)}\nafter the restart instead of\n{string.Join('\n', known)}");
        foreach (TopicModel topic in model.Topics.Values)
        {
            bool flushesFirst = Settings(image, topic.Name).GetValueOrDefault("flush.messages") == "1";
            if (topic.FlushesFirst != flushesFirst) throw new Violation($"the settings of {topic.Name} are others after the restart");
        }
    }

    private static IReadOnlyDictionary<string, string> Settings(MetadataImage image, string topic) => image.Configs.Of(ConfigResource.Topic(topic));

    private static string Describe(MetadataImage image)
    {
        var text = new StringBuilder();
        foreach (TopicImage topic in image.Topics.All)
        {
            text.Append($"{topic.Name} {topic.Id}");
            foreach (PartitionImage partition in topic.Partitions) text.Append($" {partition.Id}:{partition.Leader}:{string.Join('+', partition.Replicas)}:{string.Join('+', partition.Isr)}");
            foreach ((string name, string value) in Settings(image, topic.Name).OrderBy(s => s.Key, StringComparer.Ordinal)) text.Append($" {name}={value}");
            text.Append('\n');
        }
        return text.ToString();
    }
}
