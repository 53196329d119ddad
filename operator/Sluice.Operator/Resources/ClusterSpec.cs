using System.ComponentModel.DataAnnotations;
using Sluice.Operator.Schema;

namespace Sluice.Operator.Resources;

/// <summary>What a cluster should be.</summary>
public sealed class ClusterSpec
{
    /// <summary>
    /// Number of nodes of each pool that does not give a number of its own. Only 1 for now: replication between brokers is not
    /// supported yet.
    /// </summary>
    [SchemaDefault("1")]
    [Range(1, 1000)]
    [Rule("self == 1", "replicas must be 1: replication between brokers is not supported yet")]
    public int Replicas { get; set; } = 1;

    /// <summary>Groups of nodes that are alike. Each becomes a StatefulSet. Exactly one for now.</summary>
    [Required]
    [ListMap("name")]
    [MinLength(1)]
    [MaxLength(16)]
    [Rule("self.size() == 1", "nodePools must have exactly one pool: more than one is not supported yet")]
    [Rule("oldSelf.all(old, self.exists(pool, pool.name == old.name))", "nodePools: a pool cannot be removed or renamed, because its data would be lost")]
    public List<NodePool> NodePools { get; set; } = [];

    /// <summary>Container image of the brokers; absent: the one that belongs to the operator's version.</summary>
    [StringLength(512, MinimumLength = 1)]
    public string? Image { get; set; }

    /// <summary>Ports on which clients are served. Exactly one for now.</summary>
    [SchemaDefault("""[{"name":"plain","port":9092}]""")]
    [ListMap("name")]
    [MinLength(1)]
    [MaxLength(8)]
    [Rule("self.size() == 1", "listeners must have exactly one listener: more than one is not supported yet")]
    public List<Listener> Listeners { get; set; } = [];

    /// <summary>
    /// Settings of the brokers by their Kafka names, as in <c>message.max.bytes</c>. Names that the operator sets itself are refused.
    /// A value that brokers take while they run is changed without a restart.
    /// </summary>
    [MaxLength(200)]
    [StringLength(4096)]
    [Rule(
        "self.all(name, !(name in ['node.id', 'broker.id', 'process.roles', 'cluster.id', 'listeners', 'advertised.listeners', 'listener.security.protocol.map', " +
        "'inter.broker.listener.name', 'controller.listener.names', 'controller.quorum.voters', 'controller.quorum.bootstrap.servers', 'log.dir', 'log.dirs', " +
        "'metadata.log.dir', 'broker.rack', 'sluice.http.listen']))",
        "config must not set what the operator sets: node.id, broker.id, process.roles, cluster.id, listeners, advertised.listeners, listener.security.protocol.map, " +
        "inter.broker.listener.name, controller.listener.names, controller.quorum.voters, controller.quorum.bootstrap.servers, log.dir, log.dirs, metadata.log.dir, " +
        "broker.rack, sluice.http.listen")]
    [Rule("self.all(name, name.matches('^[a-z][a-zA-Z0-9._-]*$'))", "config: a name must consist of letters, digits, dots, dashes and underscores, and begin with a small letter")]
    public Dictionary<string, string>? Config { get; set; }

    /// <summary>The HTTP endpoint of each node with metrics and health.</summary>
    [SchemaDefault("{}")]
    public MetricsSpec Metrics { get; set; } = new();
}
