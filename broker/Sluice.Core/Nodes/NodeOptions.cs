using Sluice.Core.Configuration;

namespace Sluice.Core.Nodes;

/// <summary>What a node is started with.</summary>
/// <param name="Properties">The checked properties.</param>
/// <param name="Advertised">Where clients reach this node, by listener (<see cref="BrokerProperties.Advertise"/>).</param>
public sealed record NodeOptions(BrokerProperties Properties, IReadOnlyList<ListenerEndpoint> Advertised);
