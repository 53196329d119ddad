using System.Text;

namespace Sluice.Protocol;

/// <summary>What is known of an <see cref="ErrorCode"/> beside its number.</summary>
public static class ErrorCodes
{
    /// <summary>A client that gets this error may send the same request again: what was wrong passes by itself.</summary>
    public static bool IsRetriable(this ErrorCode code) => code is
        ErrorCode.CorruptMessage
        or ErrorCode.UnknownTopicOrPartition
        or ErrorCode.LeaderNotAvailable
        or ErrorCode.NotLeaderOrFollower
        or ErrorCode.RequestTimedOut
        or ErrorCode.ReplicaNotAvailable
        or ErrorCode.NetworkException
        or ErrorCode.CoordinatorLoadInProgress
        or ErrorCode.CoordinatorNotAvailable
        or ErrorCode.NotCoordinator
        or ErrorCode.NotEnoughReplicas
        or ErrorCode.NotEnoughReplicasAfterAppend
        or ErrorCode.NotController
        or ErrorCode.ConcurrentTransactions
        or ErrorCode.KafkaStorageError
        or ErrorCode.FetchSessionIdNotFound
        or ErrorCode.InvalidFetchSessionEpoch
        or ErrorCode.ListenerNotFound
        or ErrorCode.FencedLeaderEpoch
        or ErrorCode.UnknownLeaderEpoch
        or ErrorCode.OffsetNotAvailable
        or ErrorCode.PreferredLeaderNotAvailable
        or ErrorCode.EligibleLeadersNotAvailable
        or ErrorCode.ElectionNotNeeded
        or ErrorCode.UnstableOffsetCommit
        or ErrorCode.ThrottlingQuotaExceeded
        or ErrorCode.UnknownTopicId
        or ErrorCode.InconsistentTopicId
        or ErrorCode.FetchSessionTopicIdError
        or ErrorCode.ShareSessionNotFound
        or ErrorCode.InvalidShareSessionEpoch
        or ErrorCode.ShareSessionLimitReached;

    /// <summary>The name as Kafka writes it, <c>UNKNOWN_TOPIC_OR_PARTITION</c>; the number when no error has it.</summary>
    public static string ProtocolName(this ErrorCode code)
    {
        string name = code.ToString();
        var text = new StringBuilder(name.Length + 8);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToUpperInvariant(c));
        }
        return text.ToString();
    }
}
