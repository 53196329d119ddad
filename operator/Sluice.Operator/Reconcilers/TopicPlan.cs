using Sluice.Operator.Brokers;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>The difference between a Topic and the topic as it is.</summary>
/// <param name="Create">It does not exist.</param>
/// <param name="GrowTo">Number of partitions to grow to; null when it has them.</param>
/// <param name="ConfigChanges">Settings to change; null as a value gives one its default back.</param>
/// <param name="Impossible">What the manifest asks for and Kafka cannot do; the rest is done all the same.</param>
internal sealed record TopicPlan(bool Create, int? GrowTo, IReadOnlyDictionary<string, string?> ConfigChanges, Refusal? Impossible)
{
    /// <summary>Settings that rebalancing tools set while they move data; they are theirs.</summary>
    private static readonly string[] Foreign = ["leader.replication.throttled.replicas", "follower.replication.throttled.replicas"];

    /// <summary>Whether nothing is to be done.</summary>
    public bool IsEmpty => !Create && GrowTo is null && ConfigChanges.Count == 0;

    public static TopicPlan Compute(TopicSpec spec, BrokerTopic? present)
    {
        if (present is null) return new TopicPlan(true, null, new Dictionary<string, string?>(), null);
        Refusal? impossible = null;
        if (spec.Partitions < present.Partitions)
        {
            impossible = new Refusal(
                Reasons.PartitionsCannotShrink, $"the topic has {present.Partitions} partitions, the manifest asks for {spec.Partitions}: Kafka cannot remove partitions; set partitions to {present.Partitions} or more", false);
        }
        else if (spec.Replicas != present.Replicas)
        {
            impossible = new Refusal(
                Reasons.ReplicasCannotChange, $"the topic has {present.Replicas} replicas, the manifest asks for {spec.Replicas}: moving replicas is not supported yet", false);
        }
        return new TopicPlan(false, spec.Partitions > present.Partitions ? spec.Partitions : null, Changes(spec.Config ?? [], present.Config), impossible);
    }

    private static Dictionary<string, string?> Changes(Dictionary<string, string> wanted, IReadOnlyDictionary<string, string> present) =>
        SettingChanges.Between(present.Where(setting => wanted.ContainsKey(setting.Key) || !Foreign.Contains(setting.Key)).ToDictionary(), wanted);
}
