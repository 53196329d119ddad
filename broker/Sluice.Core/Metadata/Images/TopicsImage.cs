using System.Collections.Immutable;
using Sluice.Protocol;

namespace Sluice.Core.Metadata;

/// <summary>The topics of an image.</summary>
public sealed class TopicsImage
{
    // By name in order, because answers list topics by name and resume after one; by id only to look up: the order of that
    // dictionary differs from run to run, so nothing may ever walk through it.
    private readonly ImmutableSortedDictionary<string, TopicImage> _byName;
    private readonly ImmutableDictionary<Uuid, TopicImage> _byId;

    internal TopicsImage(ImmutableSortedDictionary<string, TopicImage> byName, ImmutableDictionary<Uuid, TopicImage> byId)
    {
        _byName = byName;
        _byId = byId;
    }

    /// <summary>No topics.</summary>
    public static TopicsImage Empty { get; } =
        new(ImmutableSortedDictionary.Create<string, TopicImage>(StringComparer.Ordinal), ImmutableDictionary<Uuid, TopicImage>.Empty);

    /// <summary>How many topics there are.</summary>
    public int Count => _byName.Count;

    /// <summary>Every topic, in the order of the names' characters.</summary>
    public IEnumerable<TopicImage> All => _byName.Values;

    internal ImmutableSortedDictionary<string, TopicImage> Names => _byName;

    internal ImmutableDictionary<Uuid, TopicImage> Ids => _byId;

    /// <summary>The topic of a name; null when there is none.</summary>
    public TopicImage? ByName(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The topic of an id; null when there is none.</summary>
    public TopicImage? ById(Uuid id) => _byId.GetValueOrDefault(id);
}
