namespace Sluice.Protocol;

/// <summary>The number that names an API in a request header. The numbers are part of the protocol and never change.</summary>
public enum ApiKey : short
{
    /// <summary>API 0.</summary>
    Produce = 0,

    /// <summary>API 1.</summary>
    Fetch = 1,

    /// <summary>API 2.</summary>
    ListOffsets = 2,

    /// <summary>API 3.</summary>
    Metadata = 3,

    /// <summary>API 4, which no version of the protocol has any more: it served the time of ZooKeeper.</summary>
    LeaderAndIsr = 4,

    /// <summary>API 5, which no version of the protocol has any more: it served the time of ZooKeeper.</summary>
    StopReplica = 5,

    /// <summary>API 6, which no version of the protocol has any more: it served the time of ZooKeeper.</summary>
    UpdateMetadata = 6,

    /// <summary>API 7, which no version of the protocol has any more: it served the time of ZooKeeper.</summary>
    ControlledShutdown = 7,

    /// <summary>API 8.</summary>
    OffsetCommit = 8,

    /// <summary>API 9.</summary>
    OffsetFetch = 9,

    /// <summary>API 10.</summary>
    FindCoordinator = 10,

    /// <summary>API 11.</summary>
    JoinGroup = 11,

    /// <summary>API 12.</summary>
    Heartbeat = 12,

    /// <summary>API 13.</summary>
    LeaveGroup = 13,

    /// <summary>API 14.</summary>
    SyncGroup = 14,

    /// <summary>API 15.</summary>
    DescribeGroups = 15,

    /// <summary>API 16.</summary>
    ListGroups = 16,

    /// <summary>API 17.</summary>
    SaslHandshake = 17,

    /// <summary>API 18.</summary>
    ApiVersions = 18,

    /// <summary>API 19.</summary>
    CreateTopics = 19,

    /// <summary>API 20.</summary>
    DeleteTopics = 20,

    /// <summary>API 21.</summary>
    DeleteRecords = 21,

    /// <summary>API 22.</summary>
    InitProducerId = 22,

    /// <summary>API 23.</summary>
    OffsetForLeaderEpoch = 23,

    /// <summary>API 24.</summary>
    AddPartitionsToTxn = 24,

    /// <summary>API 25.</summary>
    AddOffsetsToTxn = 25,

    /// <summary>API 26.</summary>
    EndTxn = 26,

    /// <summary>API 27.</summary>
    WriteTxnMarkers = 27,

    /// <summary>API 28.</summary>
    TxnOffsetCommit = 28,

    /// <summary>API 29.</summary>
    DescribeAcls = 29,

    /// <summary>API 30.</summary>
    CreateAcls = 30,

    /// <summary>API 31.</summary>
    DeleteAcls = 31,

    /// <summary>API 32.</summary>
    DescribeConfigs = 32,

    /// <summary>API 33.</summary>
    AlterConfigs = 33,

    /// <summary>API 34.</summary>
    AlterReplicaLogDirs = 34,

    /// <summary>API 35.</summary>
    DescribeLogDirs = 35,

    /// <summary>API 36.</summary>
    SaslAuthenticate = 36,

    /// <summary>API 37.</summary>
    CreatePartitions = 37,

    /// <summary>API 38.</summary>
    CreateDelegationToken = 38,

    /// <summary>API 39.</summary>
    RenewDelegationToken = 39,

    /// <summary>API 40.</summary>
    ExpireDelegationToken = 40,

    /// <summary>API 41.</summary>
    DescribeDelegationToken = 41,

    /// <summary>API 42.</summary>
    DeleteGroups = 42,

    /// <summary>API 43.</summary>
    ElectLeaders = 43,

    /// <summary>API 44.</summary>
    IncrementalAlterConfigs = 44,

    /// <summary>API 45.</summary>
    AlterPartitionReassignments = 45,

    /// <summary>API 46.</summary>
    ListPartitionReassignments = 46,

    /// <summary>API 47.</summary>
    OffsetDelete = 47,

    /// <summary>API 48.</summary>
    DescribeClientQuotas = 48,

    /// <summary>API 49.</summary>
    AlterClientQuotas = 49,

    /// <summary>API 50.</summary>
    DescribeUserScramCredentials = 50,

    /// <summary>API 51.</summary>
    AlterUserScramCredentials = 51,

    /// <summary>API 52.</summary>
    Vote = 52,

    /// <summary>API 53.</summary>
    BeginQuorumEpoch = 53,

    /// <summary>API 54.</summary>
    EndQuorumEpoch = 54,

    /// <summary>API 55.</summary>
    DescribeQuorum = 55,

    /// <summary>API 56.</summary>
    AlterPartition = 56,

    /// <summary>API 57.</summary>
    UpdateFeatures = 57,

    /// <summary>API 58.</summary>
    Envelope = 58,

    /// <summary>API 59.</summary>
    FetchSnapshot = 59,

    /// <summary>API 60.</summary>
    DescribeCluster = 60,

    /// <summary>API 61.</summary>
    DescribeProducers = 61,

    /// <summary>API 62.</summary>
    BrokerRegistration = 62,

    /// <summary>API 63.</summary>
    BrokerHeartbeat = 63,

    /// <summary>API 64.</summary>
    UnregisterBroker = 64,

    /// <summary>API 65.</summary>
    DescribeTransactions = 65,

    /// <summary>API 66.</summary>
    ListTransactions = 66,

    /// <summary>API 67.</summary>
    AllocateProducerIds = 67,

    /// <summary>API 68.</summary>
    ConsumerGroupHeartbeat = 68,

    /// <summary>API 69.</summary>
    ConsumerGroupDescribe = 69,

    /// <summary>API 70.</summary>
    ControllerRegistration = 70,

    /// <summary>API 71.</summary>
    GetTelemetrySubscriptions = 71,

    /// <summary>API 72.</summary>
    PushTelemetry = 72,

    /// <summary>API 73.</summary>
    AssignReplicasToDirs = 73,

    /// <summary>API 74.</summary>
    ListConfigResources = 74,

    /// <summary>API 75.</summary>
    DescribeTopicPartitions = 75,

    /// <summary>API 76.</summary>
    ShareGroupHeartbeat = 76,

    /// <summary>API 77.</summary>
    ShareGroupDescribe = 77,

    /// <summary>API 78.</summary>
    ShareFetch = 78,

    /// <summary>API 79.</summary>
    ShareAcknowledge = 79,

    /// <summary>API 80.</summary>
    AddRaftVoter = 80,

    /// <summary>API 81.</summary>
    RemoveRaftVoter = 81,

    /// <summary>API 82.</summary>
    UpdateRaftVoter = 82,

    /// <summary>API 83.</summary>
    InitializeShareGroupState = 83,

    /// <summary>API 84.</summary>
    ReadShareGroupState = 84,

    /// <summary>API 85.</summary>
    WriteShareGroupState = 85,

    /// <summary>API 86.</summary>
    DeleteShareGroupState = 86,

    /// <summary>API 87.</summary>
    ReadShareGroupStateSummary = 87,

    /// <summary>API 88.</summary>
    StreamsGroupHeartbeat = 88,

    /// <summary>API 89.</summary>
    StreamsGroupDescribe = 89,

    /// <summary>API 90.</summary>
    DescribeShareGroupOffsets = 90,

    /// <summary>API 91.</summary>
    AlterShareGroupOffsets = 91,

    /// <summary>API 92.</summary>
    DeleteShareGroupOffsets = 92,
}
