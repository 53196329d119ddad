namespace Sluice.Protocol;

/// <summary>
/// What went wrong, as answers say it. The numbers are part of the protocol and never change; Kafka writes the names in capitals
/// (<c>UNKNOWN_TOPIC_OR_PARTITION</c>), which <see cref="ErrorCodes.ProtocolName"/> gives.
/// </summary>
public enum ErrorCode : short
{
    /// <summary>UNKNOWN_SERVER_ERROR: trying again does not help.</summary>
    UnknownServerError = -1,

    /// <summary>NONE: no error.</summary>
    None = 0,

    /// <summary>OFFSET_OUT_OF_RANGE: trying again does not help.</summary>
    OffsetOutOfRange = 1,

    /// <summary>CORRUPT_MESSAGE: a client may try again.</summary>
    CorruptMessage = 2,

    /// <summary>UNKNOWN_TOPIC_OR_PARTITION: a client may try again.</summary>
    UnknownTopicOrPartition = 3,

    /// <summary>INVALID_FETCH_SIZE: trying again does not help.</summary>
    InvalidFetchSize = 4,

    /// <summary>LEADER_NOT_AVAILABLE: a client may try again.</summary>
    LeaderNotAvailable = 5,

    /// <summary>NOT_LEADER_OR_FOLLOWER: a client may try again.</summary>
    NotLeaderOrFollower = 6,

    /// <summary>REQUEST_TIMED_OUT: a client may try again.</summary>
    RequestTimedOut = 7,

    /// <summary>BROKER_NOT_AVAILABLE: trying again does not help.</summary>
    BrokerNotAvailable = 8,

    /// <summary>REPLICA_NOT_AVAILABLE: a client may try again.</summary>
    ReplicaNotAvailable = 9,

    /// <summary>MESSAGE_TOO_LARGE: trying again does not help.</summary>
    MessageTooLarge = 10,

    /// <summary>STALE_CONTROLLER_EPOCH: trying again does not help.</summary>
    StaleControllerEpoch = 11,

    /// <summary>OFFSET_METADATA_TOO_LARGE: trying again does not help.</summary>
    OffsetMetadataTooLarge = 12,

    /// <summary>NETWORK_EXCEPTION: a client may try again.</summary>
    NetworkException = 13,

    /// <summary>COORDINATOR_LOAD_IN_PROGRESS: a client may try again.</summary>
    CoordinatorLoadInProgress = 14,

    /// <summary>COORDINATOR_NOT_AVAILABLE: a client may try again.</summary>
    CoordinatorNotAvailable = 15,

    /// <summary>NOT_COORDINATOR: a client may try again.</summary>
    NotCoordinator = 16,

    /// <summary>INVALID_TOPIC_EXCEPTION: trying again does not help.</summary>
    InvalidTopicException = 17,

    /// <summary>RECORD_LIST_TOO_LARGE: trying again does not help.</summary>
    RecordListTooLarge = 18,

    /// <summary>NOT_ENOUGH_REPLICAS: a client may try again.</summary>
    NotEnoughReplicas = 19,

    /// <summary>NOT_ENOUGH_REPLICAS_AFTER_APPEND: a client may try again.</summary>
    NotEnoughReplicasAfterAppend = 20,

    /// <summary>INVALID_REQUIRED_ACKS: trying again does not help.</summary>
    InvalidRequiredAcks = 21,

    /// <summary>ILLEGAL_GENERATION: trying again does not help.</summary>
    IllegalGeneration = 22,

    /// <summary>INCONSISTENT_GROUP_PROTOCOL: trying again does not help.</summary>
    InconsistentGroupProtocol = 23,

    /// <summary>INVALID_GROUP_ID: trying again does not help.</summary>
    InvalidGroupId = 24,

    /// <summary>UNKNOWN_MEMBER_ID: trying again does not help.</summary>
    UnknownMemberId = 25,

    /// <summary>INVALID_SESSION_TIMEOUT: trying again does not help.</summary>
    InvalidSessionTimeout = 26,

    /// <summary>REBALANCE_IN_PROGRESS: trying again does not help.</summary>
    RebalanceInProgress = 27,

    /// <summary>INVALID_COMMIT_OFFSET_SIZE: trying again does not help.</summary>
    InvalidCommitOffsetSize = 28,

    /// <summary>TOPIC_AUTHORIZATION_FAILED: trying again does not help.</summary>
    TopicAuthorizationFailed = 29,

    /// <summary>GROUP_AUTHORIZATION_FAILED: trying again does not help.</summary>
    GroupAuthorizationFailed = 30,

    /// <summary>CLUSTER_AUTHORIZATION_FAILED: trying again does not help.</summary>
    ClusterAuthorizationFailed = 31,

    /// <summary>INVALID_TIMESTAMP: trying again does not help.</summary>
    InvalidTimestamp = 32,

    /// <summary>UNSUPPORTED_SASL_MECHANISM: trying again does not help.</summary>
    UnsupportedSaslMechanism = 33,

    /// <summary>ILLEGAL_SASL_STATE: trying again does not help.</summary>
    IllegalSaslState = 34,

    /// <summary>UNSUPPORTED_VERSION: trying again does not help.</summary>
    UnsupportedVersion = 35,

    /// <summary>TOPIC_ALREADY_EXISTS: trying again does not help.</summary>
    TopicAlreadyExists = 36,

    /// <summary>INVALID_PARTITIONS: trying again does not help.</summary>
    InvalidPartitions = 37,

    /// <summary>INVALID_REPLICATION_FACTOR: trying again does not help.</summary>
    InvalidReplicationFactor = 38,

    /// <summary>INVALID_REPLICA_ASSIGNMENT: trying again does not help.</summary>
    InvalidReplicaAssignment = 39,

    /// <summary>INVALID_CONFIG: trying again does not help.</summary>
    InvalidConfig = 40,

    /// <summary>NOT_CONTROLLER: a client may try again.</summary>
    NotController = 41,

    /// <summary>INVALID_REQUEST: trying again does not help.</summary>
    InvalidRequest = 42,

    /// <summary>UNSUPPORTED_FOR_MESSAGE_FORMAT: trying again does not help.</summary>
    UnsupportedForMessageFormat = 43,

    /// <summary>POLICY_VIOLATION: trying again does not help.</summary>
    PolicyViolation = 44,

    /// <summary>OUT_OF_ORDER_SEQUENCE_NUMBER: trying again does not help.</summary>
    OutOfOrderSequenceNumber = 45,

    /// <summary>DUPLICATE_SEQUENCE_NUMBER: trying again does not help.</summary>
    DuplicateSequenceNumber = 46,

    /// <summary>INVALID_PRODUCER_EPOCH: trying again does not help.</summary>
    InvalidProducerEpoch = 47,

    /// <summary>INVALID_TXN_STATE: trying again does not help.</summary>
    InvalidTxnState = 48,

    /// <summary>INVALID_PRODUCER_ID_MAPPING: trying again does not help.</summary>
    InvalidProducerIdMapping = 49,

    /// <summary>INVALID_TRANSACTION_TIMEOUT: trying again does not help.</summary>
    InvalidTransactionTimeout = 50,

    /// <summary>CONCURRENT_TRANSACTIONS: a client may try again.</summary>
    ConcurrentTransactions = 51,

    /// <summary>TRANSACTION_COORDINATOR_FENCED: trying again does not help.</summary>
    TransactionCoordinatorFenced = 52,

    /// <summary>TRANSACTIONAL_ID_AUTHORIZATION_FAILED: trying again does not help.</summary>
    TransactionalIdAuthorizationFailed = 53,

    /// <summary>SECURITY_DISABLED: trying again does not help.</summary>
    SecurityDisabled = 54,

    /// <summary>OPERATION_NOT_ATTEMPTED: trying again does not help.</summary>
    OperationNotAttempted = 55,

    /// <summary>KAFKA_STORAGE_ERROR: a client may try again.</summary>
    KafkaStorageError = 56,

    /// <summary>LOG_DIR_NOT_FOUND: trying again does not help.</summary>
    LogDirNotFound = 57,

    /// <summary>SASL_AUTHENTICATION_FAILED: trying again does not help.</summary>
    SaslAuthenticationFailed = 58,

    /// <summary>UNKNOWN_PRODUCER_ID: trying again does not help.</summary>
    UnknownProducerId = 59,

    /// <summary>REASSIGNMENT_IN_PROGRESS: trying again does not help.</summary>
    ReassignmentInProgress = 60,

    /// <summary>DELEGATION_TOKEN_AUTH_DISABLED: trying again does not help.</summary>
    DelegationTokenAuthDisabled = 61,

    /// <summary>DELEGATION_TOKEN_NOT_FOUND: trying again does not help.</summary>
    DelegationTokenNotFound = 62,

    /// <summary>DELEGATION_TOKEN_OWNER_MISMATCH: trying again does not help.</summary>
    DelegationTokenOwnerMismatch = 63,

    /// <summary>DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: trying again does not help.</summary>
    DelegationTokenRequestNotAllowed = 64,

    /// <summary>DELEGATION_TOKEN_AUTHORIZATION_FAILED: trying again does not help.</summary>
    DelegationTokenAuthorizationFailed = 65,

    /// <summary>DELEGATION_TOKEN_EXPIRED: trying again does not help.</summary>
    DelegationTokenExpired = 66,

    /// <summary>INVALID_PRINCIPAL_TYPE: trying again does not help.</summary>
    InvalidPrincipalType = 67,

    /// <summary>NON_EMPTY_GROUP: trying again does not help.</summary>
    NonEmptyGroup = 68,

    /// <summary>GROUP_ID_NOT_FOUND: trying again does not help.</summary>
    GroupIdNotFound = 69,

    /// <summary>FETCH_SESSION_ID_NOT_FOUND: a client may try again.</summary>
    FetchSessionIdNotFound = 70,

    /// <summary>INVALID_FETCH_SESSION_EPOCH: a client may try again.</summary>
    InvalidFetchSessionEpoch = 71,

    /// <summary>LISTENER_NOT_FOUND: a client may try again.</summary>
    ListenerNotFound = 72,

    /// <summary>TOPIC_DELETION_DISABLED: trying again does not help.</summary>
    TopicDeletionDisabled = 73,

    /// <summary>FENCED_LEADER_EPOCH: a client may try again.</summary>
    FencedLeaderEpoch = 74,

    /// <summary>UNKNOWN_LEADER_EPOCH: a client may try again.</summary>
    UnknownLeaderEpoch = 75,

    /// <summary>UNSUPPORTED_COMPRESSION_TYPE: trying again does not help.</summary>
    UnsupportedCompressionType = 76,

    /// <summary>STALE_BROKER_EPOCH: trying again does not help.</summary>
    StaleBrokerEpoch = 77,

    /// <summary>OFFSET_NOT_AVAILABLE: a client may try again.</summary>
    OffsetNotAvailable = 78,

    /// <summary>MEMBER_ID_REQUIRED: trying again does not help.</summary>
    MemberIdRequired = 79,

    /// <summary>PREFERRED_LEADER_NOT_AVAILABLE: a client may try again.</summary>
    PreferredLeaderNotAvailable = 80,

    /// <summary>GROUP_MAX_SIZE_REACHED: trying again does not help.</summary>
    GroupMaxSizeReached = 81,

    /// <summary>FENCED_INSTANCE_ID: trying again does not help.</summary>
    FencedInstanceId = 82,

    /// <summary>ELIGIBLE_LEADERS_NOT_AVAILABLE: a client may try again.</summary>
    EligibleLeadersNotAvailable = 83,

    /// <summary>ELECTION_NOT_NEEDED: a client may try again.</summary>
    ElectionNotNeeded = 84,

    /// <summary>NO_REASSIGNMENT_IN_PROGRESS: trying again does not help.</summary>
    NoReassignmentInProgress = 85,

    /// <summary>GROUP_SUBSCRIBED_TO_TOPIC: trying again does not help.</summary>
    GroupSubscribedToTopic = 86,

    /// <summary>INVALID_RECORD: trying again does not help.</summary>
    InvalidRecord = 87,

    /// <summary>UNSTABLE_OFFSET_COMMIT: a client may try again.</summary>
    UnstableOffsetCommit = 88,

    /// <summary>THROTTLING_QUOTA_EXCEEDED: a client may try again.</summary>
    ThrottlingQuotaExceeded = 89,

    /// <summary>PRODUCER_FENCED: trying again does not help.</summary>
    ProducerFenced = 90,

    /// <summary>RESOURCE_NOT_FOUND: trying again does not help.</summary>
    ResourceNotFound = 91,

    /// <summary>DUPLICATE_RESOURCE: trying again does not help.</summary>
    DuplicateResource = 92,

    /// <summary>UNACCEPTABLE_CREDENTIAL: trying again does not help.</summary>
    UnacceptableCredential = 93,

    /// <summary>INCONSISTENT_VOTER_SET: trying again does not help.</summary>
    InconsistentVoterSet = 94,

    /// <summary>INVALID_UPDATE_VERSION: trying again does not help.</summary>
    InvalidUpdateVersion = 95,

    /// <summary>FEATURE_UPDATE_FAILED: trying again does not help.</summary>
    FeatureUpdateFailed = 96,

    /// <summary>PRINCIPAL_DESERIALIZATION_FAILURE: trying again does not help.</summary>
    PrincipalDeserializationFailure = 97,

    /// <summary>SNAPSHOT_NOT_FOUND: trying again does not help.</summary>
    SnapshotNotFound = 98,

    /// <summary>POSITION_OUT_OF_RANGE: trying again does not help.</summary>
    PositionOutOfRange = 99,

    /// <summary>UNKNOWN_TOPIC_ID: a client may try again.</summary>
    UnknownTopicId = 100,

    /// <summary>DUPLICATE_BROKER_REGISTRATION: trying again does not help.</summary>
    DuplicateBrokerRegistration = 101,

    /// <summary>BROKER_ID_NOT_REGISTERED: trying again does not help.</summary>
    BrokerIdNotRegistered = 102,

    /// <summary>INCONSISTENT_TOPIC_ID: a client may try again.</summary>
    InconsistentTopicId = 103,

    /// <summary>INCONSISTENT_CLUSTER_ID: trying again does not help.</summary>
    InconsistentClusterId = 104,

    /// <summary>TRANSACTIONAL_ID_NOT_FOUND: trying again does not help.</summary>
    TransactionalIdNotFound = 105,

    /// <summary>FETCH_SESSION_TOPIC_ID_ERROR: a client may try again.</summary>
    FetchSessionTopicIdError = 106,

    /// <summary>INELIGIBLE_REPLICA: trying again does not help.</summary>
    IneligibleReplica = 107,

    /// <summary>NEW_LEADER_ELECTED: trying again does not help.</summary>
    NewLeaderElected = 108,

    /// <summary>OFFSET_MOVED_TO_TIERED_STORAGE: trying again does not help.</summary>
    OffsetMovedToTieredStorage = 109,

    /// <summary>FENCED_MEMBER_EPOCH: trying again does not help.</summary>
    FencedMemberEpoch = 110,

    /// <summary>UNRELEASED_INSTANCE_ID: trying again does not help.</summary>
    UnreleasedInstanceId = 111,

    /// <summary>UNSUPPORTED_ASSIGNOR: trying again does not help.</summary>
    UnsupportedAssignor = 112,

    /// <summary>STALE_MEMBER_EPOCH: trying again does not help.</summary>
    StaleMemberEpoch = 113,

    /// <summary>MISMATCHED_ENDPOINT_TYPE: trying again does not help.</summary>
    MismatchedEndpointType = 114,

    /// <summary>UNSUPPORTED_ENDPOINT_TYPE: trying again does not help.</summary>
    UnsupportedEndpointType = 115,

    /// <summary>UNKNOWN_CONTROLLER_ID: trying again does not help.</summary>
    UnknownControllerId = 116,

    /// <summary>UNKNOWN_SUBSCRIPTION_ID: trying again does not help.</summary>
    UnknownSubscriptionId = 117,

    /// <summary>TELEMETRY_TOO_LARGE: trying again does not help.</summary>
    TelemetryTooLarge = 118,

    /// <summary>INVALID_REGISTRATION: trying again does not help.</summary>
    InvalidRegistration = 119,

    /// <summary>TRANSACTION_ABORTABLE: trying again does not help.</summary>
    TransactionAbortable = 120,

    /// <summary>INVALID_RECORD_STATE: trying again does not help.</summary>
    InvalidRecordState = 121,

    /// <summary>SHARE_SESSION_NOT_FOUND: a client may try again.</summary>
    ShareSessionNotFound = 122,

    /// <summary>INVALID_SHARE_SESSION_EPOCH: a client may try again.</summary>
    InvalidShareSessionEpoch = 123,

    /// <summary>FENCED_STATE_EPOCH: trying again does not help.</summary>
    FencedStateEpoch = 124,

    /// <summary>INVALID_VOTER_KEY: trying again does not help.</summary>
    InvalidVoterKey = 125,

    /// <summary>DUPLICATE_VOTER: trying again does not help.</summary>
    DuplicateVoter = 126,

    /// <summary>VOTER_NOT_FOUND: trying again does not help.</summary>
    VoterNotFound = 127,

    /// <summary>INVALID_REGULAR_EXPRESSION: trying again does not help.</summary>
    InvalidRegularExpression = 128,

    /// <summary>REBOOTSTRAP_REQUIRED: trying again does not help.</summary>
    RebootstrapRequired = 129,

    /// <summary>STREAMS_INVALID_TOPOLOGY: trying again does not help.</summary>
    StreamsInvalidTopology = 130,

    /// <summary>STREAMS_INVALID_TOPOLOGY_EPOCH: trying again does not help.</summary>
    StreamsInvalidTopologyEpoch = 131,

    /// <summary>STREAMS_TOPOLOGY_FENCED: trying again does not help.</summary>
    StreamsTopologyFenced = 132,

    /// <summary>SHARE_SESSION_LIMIT_REACHED: a client may try again.</summary>
    ShareSessionLimitReached = 133,
}
