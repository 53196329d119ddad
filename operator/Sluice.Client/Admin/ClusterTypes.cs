namespace Sluice.Client.Admin;

/// <summary>A broker as the cluster announces it.</summary>
public sealed record BrokerDescription(int NodeId, BrokerAddress Address, string? Rack);

/// <summary>A cluster as one of its brokers describes it.</summary>
/// <param name="ClusterId">Made when the cluster was, and the same ever after.</param>
/// <param name="ControllerId">Node id to which changes of metadata may be sent; -1 when unknown.</param>
/// <param name="Brokers">The brokers that are alive.</param>
public sealed record ClusterDescription(string ClusterId, int ControllerId, IReadOnlyList<BrokerDescription> Brokers);
