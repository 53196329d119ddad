using Sluice.Protocol;

namespace Compatibility.Differential;

/// <summary>Where Sluice answers otherwise than Kafka, on purpose, and why. An entry that covers nothing any more fails the test.</summary>
internal static class Differences
{
    private const string NotServed = "An API or feature is advertised when it works; docs/apis.md says which are not, and why.";
    private const string KafkaFails = "Kafka fails with an internal error; Sluice says what is wrong, or does what can be meant.";
    private const string KafkaIsSilent = "Kafka never answers, and the client waits until its time is over.";
    private const string Texts = "Texts for people: Kafka says nothing, or speaks of Java; Sluice says what is wrong.";
    private const string Elr = "Kafka sets min.insync.replicas for all brokers with the feature eligible.leader.replicas.version, which Sluice does not have.";
    private const string Canonical = "Sluice keeps values in one form: no blanks around numbers, booleans in lower case.";
    private const string OneLevel = "Sluice supports one level of metadata.version.";
    private const string NoGroupSettings = "Settings of groups and client metrics belong to protocols that are not served.";
    private const string CannotChange = "What Sluice refuses to set, or reads only at its start, cannot be changed at run time.";
    private const string OtherStart = "The two brokers were not started with the same addresses, directories and voters.";

    public static IReadOnlyList<Difference> All { get; } =
    [
        new(ApiKey.ApiVersions, ".*", @"(ApiKeys|SupportedFeatures|FinalizedFeatures)\[.*", NotServed),
        new(ApiKey.Metadata, "neither id nor name", ".*", KafkaFails),
        new(ApiKey.Metadata, "a topic that is created", @"Topics\[auto-v\*\].*", "Kafka answers before the topic is there, and clients ask again; Sluice answers when it is."),
        new(ApiKey.DescribeTopicPartitions, "an empty name", ".*", KafkaFails),
        new(ApiKey.Produce, ".*", ".*Error(Message)?", Texts),
        new(ApiKey.Produce, "null records", "", KafkaIsSilent),
        new(ApiKey.Produce, "an unknown codec|the greatest length|broken gzip", ".*(ErrorCode|LogStartOffset)", KafkaFails),
        new(ApiKey.Produce, "a transactional batch without transaction", ".*(ErrorCode|LogStartOffset)", "Transactions are not served."),
        new(ApiKey.Produce, "no partitions", ".*", "A topic that is named is answered, also without partitions; Kafka drops it."),
        new(ApiKey.Fetch, "a negative limit.*|an unknown isolation level", ".*", KafkaFails),
        new(ApiKey.Fetch, "a partition twice", ".*", "Of a partition that is named twice Kafka reads the last; Sluice answers both."),
        new(ApiKey.Fetch, "several topics, good and bad", @"Responses\[[234]\].*", "Kafka names a topic twice when some of its partitions fail and others do not."),
        new(ApiKey.Fetch, "as a follower", ".*CurrentLeader", "Nobody follows a broker of a cluster of one node, and so nobody is told where else to go."),
        new(ApiKey.ListOffsets, "an unknown isolation level", ".*", KafkaFails),
        new(ApiKey.DescribeConfigs, ".*", @".*Configs\[min\.insync\.replicas\].*", Elr),
        new(ApiKey.DescribeConfigs, ".*", @".*Configs\[(cluster\.id|sluice\..*)\]", "Sluice's own settings."),
        new(ApiKey.DescribeConfigs, ".*", @".*Configs\[(retention|segment|segment\.jitter|flush|log\.retention|log\.roll|log\.roll\.jitter|log\.flush\.interval)\.(ms|minutes)\]\.Synonyms.*", "Sluice names the settings in minutes and hours too that give the default; Kafka loses them."),
        new(ApiKey.DescribeConfigs, ".*", @".*Configs\[(listeners|advertised\.listeners|controller\..*|listener\.security\.protocol\.map|log\.dirs?|broker\.id)\]\.(Value|ConfigSource|Synonyms).*", OtherStart),
        new(ApiKey.DescribeConfigs, ".*", @".*Configs\[(ssl\..*|sasl\..*|listeners|listener\.security\.protocol\.map|config\.providers|metric\.reporters|principal\.builder\.class)\]\.ReadOnly", CannotChange),
        new(ApiKey.DescribeConfigs, "all of a broker with synonyms", @".*Configs\[process\.roles\]\.Synonyms.*", "A node is broker and controller unless it is told so; Kafka has to be told."),
        new(ApiKey.DescribeConfigs, "a (group|client metrics subscription).*", ".*", NoGroupSettings),
        new(ApiKey.DescribeConfigs, "an unknown kind|a kind that does not exist", ".*ErrorMessage", Texts),
        new(ApiKey.CreateTopics, ".*", @".*Configs\[min\.insync\.replicas\].*", Elr),
        new(ApiKey.CreateTopics, "a boolean in capitals|blanks around a number", ".*Value", Canonical),
        new(ApiKey.CreateTopics, "two bad settings", ".*ErrorMessage", "Of several bad settings either names one."),
        new(ApiKey.IncrementalAlterConfigs, "an unknown operation", ".*", KafkaFails),
        new(ApiKey.IncrementalAlterConfigs, "a setting of single brokers for all", ".*ErrorMessage", CannotChange),
        new(ApiKey.IncrementalAlterConfigs, "min.insync.replicas of a broker", ".*", Elr),
        new(ApiKey.AlterConfigs, "a topic twice", "", KafkaIsSilent),
        new(ApiKey.AlterClientQuotas, "set for a user", ".*", "Quotas are not enforced, so none can be set."),
        new(ApiKey.DescribeQuorum, "the metadata log", @"Nodes\[0\]\.Listeners.*", "There is no listener of controllers while the quorum is one node: the client's own is named."),
        new(ApiKey.FindCoordinator, "a transaction", ".*", "Transactions are not served. So that clients give up at once, it is UNSUPPORTED_VERSION, and TRANSACTIONAL_ID_AUTHORIZATION_FAILED before version 4: librdkafka tries again after any other error."),
        new(ApiKey.FindCoordinator, "an? (unknown|negative) kind", ".*ErrorMessage", Texts),
        new(ApiKey.UpdateFeatures, "a later level|level 0|a lower level by an upgrade", "ErrorMessage", OneLevel),
    ];
}
