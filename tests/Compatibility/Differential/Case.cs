using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Compatibility.Differential;

/// <summary>One request with an edge to it, sent in each version that can say it. Later cases rest on what earlier ones changed.</summary>
/// <param name="key">The API.</param>
/// <param name="name">What is special about the request; unique in its API.</param>
/// <param name="build">Makes the request for a version.</param>
internal sealed class Case(ApiKey key, string name, Func<World, short, IRequest> build)
{
    public ApiKey Key { get; } = key;

    public string Name { get; } = name;

    /// <summary>The first version; that of the API when not given.</summary>
    public short From { get; init; } = ApiTable.Get(key).MinVersion;

    /// <summary>The last version; the last stable one of the API when not given.</summary>
    public short To { get; init; } = ApiTable.Get(key).MaxStableVersion;

    /// <summary>Whether it changes something that Apache Kafka shows only a moment after its answer.</summary>
    public bool Changes { get; init; }

    /// <summary>Whether there is no answer, as to Produce without acknowledgement.</summary>
    public bool IsSilent { get; init; }

    /// <summary>Spoils the frame, its length prefix included; null for none.</summary>
    public Func<byte[], byte[]>? Spoil { get; init; }

    /// <summary>Keeps what later cases need of an answer.</summary>
    public Action<World, short, IResponse>? Then { get; init; }

    public IRequest Build(World world, short version) => build(world, version);

    public override string ToString() => $"{Key} {Name}";
}
