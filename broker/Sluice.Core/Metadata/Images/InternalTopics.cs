namespace Sluice.Core.Metadata.Images;

/// <summary>Names of topics that brokers keep for themselves.</summary>
public static class InternalTopics
{
    /// <summary>The metadata log, which is no topic that a client could create, read or delete.</summary>
    public const string ClusterMetadata = "__cluster_metadata";

    /// <summary>Whether clients are told that a topic of this name is internal.</summary>
    public static bool Contains(string name) => name is "__consumer_offsets" or "__transaction_state" or "__share_group_state";
}
