using Sluice.Core.Configuration;

namespace Sluice.Core.Nodes;

/// <summary>What a node is started with.</summary>
/// <param name="Properties">The checked properties.</param>
/// <param name="Advertised">Where clients reach this node, by listener (<see cref="BrokerProperties.Advertise"/>).</param>
public sealed record NodeOptions(BrokerProperties Properties, IReadOnlyList<ListenerEndpoint> Advertised)
{
    /// <summary>Memory that the process may take, in bytes; bounds what requests may make the node take.</summary>
    public long MemoryBytesMax { get; init; } = long.MaxValue;
}
