using System.ComponentModel.DataAnnotations;
using Sluice.Operator.Schema;

namespace Sluice.Operator.Resources;

/// <summary>A port on which clients are served.</summary>
public sealed class Listener
{
    /// <summary>Name of the listener; the brokers know it in capital letters.</summary>
    [Required]
    [StringLength(15, MinimumLength = 1)]
    [RegularExpression("^[a-z]([-a-z0-9]*[a-z0-9])?$")]
    [Rule("self != 'controller' && self != 'http'", "name: controller and http are taken by the nodes themselves")]
    public string Name { get; set; } = "";

    /// <summary>The port, the same on nodes and services.</summary>
    [Required]
    [Range(1024, 65535)]
    [Rule("self != 9093", "port: 9093 is taken by the nodes themselves")]
    public int Port { get; set; }
}

/// <summary>The HTTP endpoint of a node.</summary>
public sealed class MetricsSpec
{
    /// <summary>Port of <c>/metrics</c> (Prometheus text), <c>/healthz</c> and <c>/readyz</c>.</summary>
    [SchemaDefault("9404")]
    [Range(1024, 65535)]
    public int Port { get; set; } = 9404;
}
