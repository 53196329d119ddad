using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Topic = Sluice.Protocol.Messages.CreateTopicsRequest.CreatableTopic;

namespace Compatibility.Differential.Cases;

internal static class CreateTopicsCases
{
    public static IEnumerable<Case> All => [.. Good(), .. Names(), .. Counts(), .. Settings()];

    private static IEnumerable<Case> Good()
    {
        yield return Of("created", v => New($"created-v{v}"), changes: true);
        yield return Of("created with settings", v => New($"created-set-v{v}", 3, settings: [("retention.ms", "1234"), ("cleanup.policy", "compact"), ("compression.type", "lz4")]), changes: true);
        yield return Of("created with replicas", v => Placed($"created-placed-v{v}", (0, [1]), (1, [1])), changes: true);
        yield return Of("only checked", v => New("never"), validateOnly: true);
        yield return Of("two topics", v => [.. New($"pair-a-v{v}"), .. New($"pair-b-v{v}", 2)], changes: true);
        yield return Of("a good and a bad one", v => [.. New($"good-v{v}"), .. New("bad/name")], changes: true);
        yield return Of("the defaults of the broker", v => New($"defaults-v{v}", -1, -1), from: 4, changes: true);
        yield return Of("no topics", _ => []);
    }

    private static IEnumerable<Case> Names()
    {
        yield return Of("a topic that exists", _ => New("plain"));
        yield return Of("a topic that exists, checked", _ => New("plain"), validateOnly: true);
        yield return Of("a name twice", _ => [.. New("twice"), .. New("twice")]);
        yield return Of("an empty name", _ => New(""));
        yield return Of("one dot", _ => New("."));
        yield return Of("two dots", _ => New(".."));
        yield return Of("a slash", _ => New("a/b"));
        yield return Of("a letter outside of ASCII", _ => New("größe"));
        yield return Of("249 characters", _ => New(new string('x', 249)), validateOnly: true);
        yield return Of("250 characters", _ => New(new string('x', 250)));
        yield return Of("the metadata log", _ => New("__cluster_metadata"));
        yield return Of("a name that collides", v => New("append.time"), validateOnly: true);
        yield return Of("a name that collides with an existing one", v => New("append_time"), validateOnly: true);
    }

    private static IEnumerable<Case> Counts()
    {
        yield return Of("no partitions", _ => New("counted", 0));
        yield return Of("-2 partitions", _ => New("counted", -2));
        yield return Of("20000 partitions", _ => New("counted", 20_000));
        yield return Of("no replicas", _ => New("counted", 1, 0));
        yield return Of("-2 replicas", _ => New("counted", 1, -2));
        yield return Of("two replicas", _ => New("counted", 1, 2));
        yield return Of("replicas on a broker that is not there", _ => Placed("placed", (0, [2])));
        yield return Of("replicas on the same broker twice", _ => Placed("placed", (0, [1, 1])));
        yield return Of("replicas nowhere", _ => Placed("placed", (0, [])));
        yield return Of("a gap in the partitions", _ => Placed("placed", (0, [1]), (2, [1])));
        yield return Of("a partition twice", _ => Placed("placed", (0, [1]), (0, [1])));
        yield return Of("partitions that do not begin at 0", _ => Placed("placed", (1, [1])));
        yield return Of("replicas and a count", _ => { var topics = Placed("placed", (0, [1])); topics[0].NumPartitions = 1; return topics; });
        yield return Of("replicas and a replication factor", _ => { var topics = Placed("placed", (0, [1])); topics[0].ReplicationFactor = 1; return topics; });
        yield return Of("no time", _ => New("timed"), timeout: 0);
        yield return Of("negative time", _ => New("timed"), timeout: -1);
    }

    private static IEnumerable<Case> Settings()
    {
        Case Set(string name, string setting, string? value) => Of(name, _ => New("set", settings: [(setting, value)]), validateOnly: true);
        yield return Set("an unknown setting", "no.such.setting", "1");
        yield return Set("a null value", "retention.ms", null);
        yield return Set("an empty value", "retention.ms", "");
        yield return Set("a word for a number", "retention.ms", "soon");
        yield return Set("a number that is too small", "retention.ms", "-2");
        yield return Set("a number that is too great", "segment.bytes", "99999999999");
        yield return Set("a segment that is too small", "segment.bytes", "10");
        yield return Set("an unknown policy", "cleanup.policy", "forget");
        yield return Set("an empty policy", "cleanup.policy", "");
        yield return Set("an empty value in a list", "cleanup.policy", "compact,,delete");
        yield return Set("a policy twice", "cleanup.policy", "delete,delete");
        yield return Set("an unknown codec", "compression.type", "brotli");
        yield return Set("a ratio beyond one", "min.cleanable.dirty.ratio", "1.5");
        yield return Set("a boolean that is none", "preallocate", "perhaps");
        yield return Set("a boolean in capitals", "preallocate", "TRUE");
        yield return Set("blanks around a number", "retention.ms", " 5 ");
        yield return Set("tiered storage", "remote.storage.enable", "true");
        yield return Set("replicas that are none", "leader.replication.throttled.replicas", "all");
        yield return Of("two bad settings", _ => New("set", settings: [("retention.ms", "soon"), ("cleanup.policy", "forget")]), validateOnly: true);
        yield return Of("a setting twice", _ => New("set", settings: [("retention.ms", "1"), ("retention.ms", "2")]), validateOnly: true);
        yield return Of("lags that contradict each other", _ => New("set", settings: [("min.compaction.lag.ms", "10"), ("max.compaction.lag.ms", "5")]), validateOnly: true);
        yield return Of("a local retention beyond the whole", _ => New("set", settings: [("local.retention.ms", "10"), ("retention.ms", "5")]), validateOnly: true);
    }

    private static Case Of(string name, Func<short, List<Topic>> topics, int timeout = 30_000, bool validateOnly = false, short from = 2, bool changes = false) => new(
        ApiKey.CreateTopics, name, (_, v) => new CreateTopicsRequest { Topics = topics(v), TimeoutMs = timeout, ValidateOnly = validateOnly })
    {
        From = from, Changes = changes, Then = (world, _, response) =>
        {
            foreach (CreateTopicsResponse.CreatableTopicResult topic in ((CreateTopicsResponse)response).Topics.Where(t => t.TopicId != Uuid.Zero)) world.Name(topic.TopicId, topic.Name);
        },
    };

    private static List<Topic> New(string name, int partitions = 1, short replicas = 1, (string Name, string? Value)[]? settings = null) =>
    [
        new()
        {
            Name = name, NumPartitions = partitions, ReplicationFactor = replicas,
            Configs = [.. (settings ?? []).Select(s => new CreateTopicsRequest.CreatableTopicConfig { Name = s.Name, Value = s.Value })],
        },
    ];

    private static List<Topic> Placed(string name, params (int Partition, int[] Brokers)[] assignments) =>
    [
        new()
        {
            Name = name, NumPartitions = -1, ReplicationFactor = -1,
            Assignments = [.. assignments.Select(a => new CreateTopicsRequest.CreatableReplicaAssignment { PartitionIndex = a.Partition, BrokerIds = [.. a.Brokers] })],
        },
    ];
}
