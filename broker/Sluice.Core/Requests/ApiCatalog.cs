using Sluice.Protocol;
using Sluice.Protocol.Tables;

namespace Sluice.Core.Requests;

/// <summary>
/// What becomes of each API of Kafka's: which versions are answered, what an answer does not do that Kafka's would, and why an API is
/// not answered. The documentation is generated from this.
/// </summary>
public static class ApiCatalog
{
    private const string OneNode = "Nodes of a cluster speak it among each other, and a cluster is one node.";
    private const string FixedNodes = "A cluster is one node: none can be added or removed.";
    private const string NoTransactions = "Transactions are not served.";
    private const string NoSasl = "SASL is not supported: listeners are PLAINTEXT.";
    private const string NewGroups = "Only the classic group protocol is served; clients use group.protocol=classic, their default.";
    private const string NoShareGroups = "Share groups are not served.";
    private const string NoTelemetry = "Client metrics are not collected; clients go on without.";

    private static readonly Dictionary<ApiKey, string> WhyNot = new()
    {
        [ApiKey.SaslHandshake] = NoSasl,
        [ApiKey.SaslAuthenticate] = NoSasl,
        [ApiKey.CreateDelegationToken] = NoSasl,
        [ApiKey.RenewDelegationToken] = NoSasl,
        [ApiKey.ExpireDelegationToken] = NoSasl,
        [ApiKey.DescribeDelegationToken] = NoSasl,
        [ApiKey.AlterUserScramCredentials] = NoSasl,
        [ApiKey.AddPartitionsToTxn] = NoTransactions,
        [ApiKey.AddOffsetsToTxn] = NoTransactions,
        [ApiKey.EndTxn] = NoTransactions,
        [ApiKey.WriteTxnMarkers] = NoTransactions,
        [ApiKey.TxnOffsetCommit] = NoTransactions,
        [ApiKey.DescribeTransactions] = NoTransactions,
        [ApiKey.ListTransactions] = NoTransactions,
        [ApiKey.AlterReplicaLogDirs] = "A broker has one data directory: there is no other to move a partition to.",
        [ApiKey.Vote] = OneNode,
        [ApiKey.BeginQuorumEpoch] = OneNode,
        [ApiKey.EndQuorumEpoch] = OneNode,
        [ApiKey.AlterPartition] = OneNode,
        [ApiKey.Envelope] = OneNode,
        [ApiKey.FetchSnapshot] = OneNode,
        [ApiKey.BrokerRegistration] = OneNode,
        [ApiKey.BrokerHeartbeat] = OneNode,
        [ApiKey.UnregisterBroker] = FixedNodes,
        [ApiKey.AllocateProducerIds] = OneNode,
        [ApiKey.ControllerRegistration] = OneNode,
        [ApiKey.AssignReplicasToDirs] = OneNode,
        [ApiKey.AddRaftVoter] = FixedNodes,
        [ApiKey.RemoveRaftVoter] = FixedNodes,
        [ApiKey.UpdateRaftVoter] = OneNode,
        [ApiKey.ConsumerGroupHeartbeat] = NewGroups,
        [ApiKey.ConsumerGroupDescribe] = NewGroups,
        [ApiKey.GetTelemetrySubscriptions] = NoTelemetry,
        [ApiKey.PushTelemetry] = NoTelemetry,
        [ApiKey.ShareGroupHeartbeat] = NoShareGroups,
        [ApiKey.ShareGroupDescribe] = NoShareGroups,
        [ApiKey.ShareFetch] = NoShareGroups,
        [ApiKey.ShareAcknowledge] = NoShareGroups,
        [ApiKey.InitializeShareGroupState] = NoShareGroups,
        [ApiKey.ReadShareGroupState] = NoShareGroups,
        [ApiKey.WriteShareGroupState] = NoShareGroups,
        [ApiKey.DeleteShareGroupState] = NoShareGroups,
        [ApiKey.ReadShareGroupStateSummary] = NoShareGroups,
        [ApiKey.DescribeShareGroupOffsets] = NoShareGroups,
        [ApiKey.AlterShareGroupOffsets] = NoShareGroups,
        [ApiKey.DeleteShareGroupOffsets] = NoShareGroups,
        [ApiKey.StreamsGroupHeartbeat] = "The streams group protocol is not served; Kafka Streams uses the classic one by default.",
        [ApiKey.StreamsGroupDescribe] = "The streams group protocol is not served; Kafka Streams uses the classic one by default.",
    };

    private static readonly Dictionary<ApiKey, string> Reservations = new()
    {
        [ApiKey.InitProducerId] = "For idempotent producers. A transactional id is refused with UNSUPPORTED_VERSION.",
        [ApiKey.DescribeAcls] = "Answers SECURITY_DISABLED, as Kafka does without an authorizer.",
        [ApiKey.CreateAcls] = "Answers SECURITY_DISABLED, as Kafka does without an authorizer.",
        [ApiKey.DeleteAcls] = "Answers SECURITY_DISABLED, as Kafka does without an authorizer.",
        [ApiKey.ElectLeaders] = "Every partition has one replica, which leads it: there is nothing to elect.",
        [ApiKey.AlterPartitionReassignments] = "A partition can only stay where it is.",
        [ApiKey.ListPartitionReassignments] = "No partition moves.",
        [ApiKey.DescribeClientQuotas] = "There are no quotas.",
        [ApiKey.AlterClientQuotas] = "Quotas are not enforced, and to set one is refused.",
        [ApiKey.DescribeUserScramCredentials] = "Nobody has a password.",
        [ApiKey.UpdateFeatures] = "Each feature has one level, so nothing can be changed.",
        [ApiKey.ListConfigResources] = "There are no client metrics and no settings of groups to list.",
    };

    /// <summary>Every API of Kafka's, by key.</summary>
    public static IEnumerable<ApiCatalogEntry> All()
    {
        var registry = ApiRegistry.Create();
        foreach (ApiInfo api in ApiTable.All)
        {
            ApiHandler? handler = registry.Find(api.Key);
            yield return new ApiCatalogEntry(api, handler, handler is null ? WhyNot.GetValueOrDefault(api.Key) : Reservations.GetValueOrDefault(api.Key));
        }
    }

    /// <summary>Why an API is not answered; null for one that Kafka does not have either.</summary>
    public static string? WhyRefused(ApiKey key) => WhyNot.GetValueOrDefault(key);
}

/// <summary>What becomes of an API.</summary>
/// <param name="Api">What Kafka says of it.</param>
/// <param name="Handler">Who answers it; null when nobody does and the connection is closed.</param>
/// <param name="Remark">Why nobody does, or what the answer leaves out; null when there is nothing to say.</param>
public readonly record struct ApiCatalogEntry(ApiInfo Api, ApiHandler? Handler, string? Remark);
