using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Compatibility.Differential;

/// <summary>Which fields differ between two runs of the very same broker, and which lists have no order.</summary>
internal static partial class Rules
{
    /// <summary>Hides a value that no two runs share: above zero it says no more than that.</summary>
    public static JsonNode? Apply(string path, JsonNode? value)
    {
        if (Documentation().IsMatch(path)) return value is JsonValue text && text.TryGetValue(out string? said) ? said.Length == 0 ? "" : "<text>" : value;
        if (!Varying().IsMatch(path) || value is not JsonValue number) return value;
        if (number.TryGetValue(out long whole)) return whole > 0 || (whole == 0 && ZeroToo().IsMatch(path)) ? "<some>" : whole;
        return "<some>";
    }

    /// <summary>Numbers that may be zero in one run and not in another.</summary>
    [GeneratedRegex("^(InitProducerId:ProducerId|DescribeLogDirs:.*|DescribeQuorum:.*)$")]
    private static partial Regex ZeroToo();

    public static bool IsUnordered(string path) => Unordered().IsMatch(path);

    [GeneratedRegex("^(Fetch:SessionId|InitProducerId:ProducerId|ApiVersions:FinalizedFeaturesEpoch|DescribeLogDirs:Results.*(Bytes|PartitionSize)"
        + "|DescribeQuorum:Topics.*(LeaderEpoch|HighWatermark|EndOffset|Timestamp)|Metadata:ClusterId|DescribeCluster:ClusterId)$")]
    private static partial Regex Varying();

    [GeneratedRegex("^DescribeConfigs:.*Documentation$")]
    private static partial Regex Documentation();

    [GeneratedRegex("^(DescribeLogDirs:.*(Topics|Partitions)|Metadata:Topics|DescribeConfigs:.*Configs|CreateTopics:Topics|CreateTopics:.*Configs|DeleteTopics:Responses"
        + "|CreatePartitions:Results|ListConfigResources:ConfigResources|DescribeUserScramCredentials:Results|DescribeProducers:.*ActiveProducers|AlterClientQuotas:Entries.*|ElectLeaders:ReplicaElectionResults"
        + "|AlterConfigs:Responses|IncrementalAlterConfigs:Responses|ApiVersions:.*Features|ApiVersions:ApiKeys|DescribeConfigs:Results|UpdateFeatures:Results|Fetch:Responses"
        + "|ListOffsets:Topics|DescribeTopicPartitions:Topics|DeleteRecords:.*|ListGroups:Groups|DescribeGroups:Groups|DeleteGroups:Results|OffsetFetch:.*Partitions)$")]
    private static partial Regex Unordered();
}
