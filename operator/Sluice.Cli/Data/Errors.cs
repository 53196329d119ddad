using Sluice.Client;
using Sluice.Protocol;

namespace Sluice.Cli.Data;

/// <summary>Error messages with what to do about them.</summary>
internal static class Errors
{
    public static string Text(Exception error) => error switch
    {
        KafkaException kafka when Advice(kafka.Code) is { } advice => $"{kafka.Message}: {advice}",
        BrokerUnreachableException or KafkaException { Code: ErrorCode.NetworkException } => $"{error.Message}. Is the cluster running (`sluice status`)? --bootstrap or ${Bootstrap.Variable} names another.",
        _ => error.Message,
    };

    private static string? Advice(ErrorCode code) => code switch
    {
        ErrorCode.UnknownTopicOrPartition => "there is no such topic or partition; `sluice topic list` shows what there is",
        ErrorCode.TopicAlreadyExists => "it exists; `sluice topic alter` changes it, --if-not-exists lets this pass",
        ErrorCode.InvalidReplicationFactor => "a partition has at most as many replicas as there are brokers",
        ErrorCode.InvalidPartitions => "a topic has at least one partition and never gets fewer",
        ErrorCode.InvalidTopicException => "a name has 1 to 249 of the characters a-z A-Z 0-9 . _ -",
        ErrorCode.InvalidConfig => "`sluice topic describe` shows the settings that are set",
        ErrorCode.GroupIdNotFound => "there is no such group; `sluice group list` shows what there is",
        ErrorCode.NonEmptyGroup => "the group has members; stop its consumers first",
        ErrorCode.UnknownMemberId or ErrorCode.RebalanceInProgress => "the group has members; stop its consumers first",
        ErrorCode.MessageTooLarge => "a topic's max.message.bytes says how large a batch may be; `sluice topic alter` changes it",
        ErrorCode.PolicyViolation => "the brokers do not allow so much; ask for less, or for less at once",
        ErrorCode.UnsupportedVersion => "the broker is too old for this, or does not offer it",
        _ => null,
    };
}
