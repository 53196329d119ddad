using System.Collections.Immutable;
using Sluice.Core.Configuration;
using Sluice.Protocol;

namespace Sluice.Core.Metadata.Images;

/// <summary>The registered brokers of an image.</summary>
public sealed class BrokersImage
{
    internal BrokersImage(ImmutableSortedDictionary<int, BrokerImage> brokers) => Brokers = brokers;

    /// <summary>No brokers.</summary>
    public static BrokersImage Empty { get; } = new(ImmutableSortedDictionary<int, BrokerImage>.Empty);

    internal ImmutableSortedDictionary<int, BrokerImage> Brokers { get; }

    /// <summary>Every broker, by number.</summary>
    public IEnumerable<BrokerImage> All => Brokers.Values;

    /// <summary>How many brokers are registered, fenced ones included.</summary>
    public int Count => Brokers.Count;

    /// <summary>The broker of a number; null when none is registered.</summary>
    public BrokerImage? Find(int id) => Brokers.GetValueOrDefault(id);

    /// <summary>Whether a broker is registered and serves clients.</summary>
    public bool IsAlive(int id) => Find(id) is { IsFenced: false };
}

/// <summary>A registered broker.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Epoch">The offset of its registration: a later start has a greater one.</param>
/// <param name="IncarnationId">Drawn anew at each start.</param>
/// <param name="Endpoints">Where clients reach it, by listener.</param>
/// <param name="Rack">Its rack; null when it has none.</param>
/// <param name="IsFenced">Whether it must not serve clients.</param>
/// <param name="Directories">The ids of its log directories.</param>
public sealed record BrokerImage(
    int Id,
    long Epoch,
    Uuid IncarnationId,
    ImmutableArray<ListenerEndpoint> Endpoints,
    string? Rack,
    bool IsFenced,
    ImmutableArray<Uuid> Directories)
{
    /// <summary>The features that it supports, with the least and the greatest level.</summary>
    public ImmutableArray<FeatureRange> Features { get; init; } = [];

    /// <summary>Whether it is about to stop.</summary>
    public bool IsInControlledShutdown { get; init; }

    /// <summary>The address under a listener's name; null when the broker has no such listener.</summary>
    public ListenerEndpoint? Endpoint(string listenerName) => Endpoints.FirstOrDefault(e => e.Name == listenerName);
}
