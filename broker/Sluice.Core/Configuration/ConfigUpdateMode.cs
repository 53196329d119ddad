namespace Sluice.Core.Configuration;

/// <summary>Whether a broker's setting can change while it runs (KIP-226).</summary>
public enum ConfigUpdateMode
{
    /// <summary>Only by a restart.</summary>
    ReadOnly,

    /// <summary>For one broker.</summary>
    PerBroker,

    /// <summary>For one broker, or for all that have no value of their own.</summary>
    ClusterWide,
}
