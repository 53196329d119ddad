using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Serialization;
using Sluice.Operator.Brokers;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>Builds the next status of a Topic from its last one.</summary>
internal sealed class TopicStatusBuilder
{
    private readonly TimeProvider _time;
    private readonly TopicStatus _status;

    public TopicStatusBuilder(Topic topic, TimeProvider time)
    {
        Topic = topic;
        _time = time;
        _status = topic.Status is null ? new TopicStatus() : ApiJson.Copy(topic.Status);
        _status.TopicName = topic.KafkaName;
    }

    public Topic Topic { get; }

    /// <summary>Whether the last status said the same.</summary>
    public bool Says(string reason, string message) =>
        Conditions.Find(Topic.Status?.Conditions, "Ready") is { Status: "False" } condition && condition.Reason == reason && condition.Message == message;

    /// <summary>Notes the topic as it was found; a topic that is gone leaves its last id, by which it is known to have been there.</summary>
    public TopicStatusBuilder Found(BrokerTopic? present)
    {
        if (present is null) return this;
        _status.TopicId = present.Id;
        _status.Partitions = present.Partitions;
        _status.Replicas = present.Replicas;
        return this;
    }

    public TopicStatusBuilder Ready() => Set(true, Reasons.Ready, "the topic is as the manifest says");

    public TopicStatusBuilder NotReady(string reason, string message) => Set(false, reason, message);

    public TopicStatus Build()
    {
        _status.ObservedGeneration = Topic.Metadata.Generation;
        return _status;
    }

    private TopicStatusBuilder Set(bool ready, string reason, string message)
    {
        Conditions.Set(_status.Conditions, "Ready", ready, reason, message, Topic.Metadata.Generation, _time.GetUtcNow());
        return this;
    }
}
