namespace Sluice.Core.Api;

/// <summary>
/// The operations that a client may do, as bits of the numbers of Kafka's AclOperation. Without an authorizer a client may do all.
/// </summary>
internal static class AuthorizedOperations
{
    /// <summary>On a topic: read, write, create, delete, alter, describe, describe configs, alter configs.</summary>
    public const int OfTopic = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11;

    /// <summary>On the cluster: create, alter, describe, cluster action, describe configs, alter configs, idempotent write.</summary>
    public const int OfCluster = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;
}
