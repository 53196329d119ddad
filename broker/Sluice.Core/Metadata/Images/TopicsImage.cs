using System.Collections.Immutable;
using Sluice.Protocol;

namespace Sluice.Core.Metadata.Images;

/// <summary>The topics of an image.</summary>
public sealed class TopicsImage
{
    // By name in order, because answers list topics by name and resume after one; by id only to look up: the order of that
    // dictionary differs from run to run, so nothing may ever walk through it.
    private readonly ImmutableSortedDictionary<string, TopicImage> _byName;
    private readonly ImmutableDictionary<Uuid, TopicImage> _byId;

    internal TopicsImage(
        ImmutableSortedDictionary<string, TopicImage> byName, ImmutableDictionary<Uuid, TopicImage> byId, ImmutableDictionary<string, string> merged)
    {
        _byName = byName;
        _byId = byId;
        MergedNames = merged;
    }

    /// <summary>No topics.</summary>
    public static TopicsImage Empty { get; } =
        new(ImmutableSortedDictionary.Create<string, TopicImage>(StringComparer.Ordinal), ImmutableDictionary<Uuid, TopicImage>.Empty, ImmutableDictionary.Create<string, string>(StringComparer.Ordinal));

    /// <summary>How many topics there are.</summary>
    public int Count => _byName.Count;

    /// <summary>Every topic, in the order of the names' characters.</summary>
    public IEnumerable<TopicImage> All => _byName.Values;

    internal ImmutableSortedDictionary<string, TopicImage> Names => _byName;

    internal ImmutableDictionary<Uuid, TopicImage> Ids => _byId;

    /// <summary>The names with '.' or '_' in them, by what they look like in metrics (<see cref="TopicNames.Merged"/>).</summary>
    internal ImmutableDictionary<string, string> MergedNames { get; }

    /// <summary>The topic of a name; null when there is none.</summary>
    public TopicImage? ByName(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The topic of an id; null when there is none.</summary>
    public TopicImage? ById(Uuid id) => _byId.GetValueOrDefault(id);

    /// <summary>The topic whose name differs from this one only in '.' and '_'; null when there is none.</summary>
    internal string? Colliding(string name) => TopicNames.CanCollide(name) ? MergedNames.GetValueOrDefault(TopicNames.Merged(name)) : null;
}
