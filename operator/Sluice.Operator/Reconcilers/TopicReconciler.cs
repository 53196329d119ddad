using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Brokers;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>Makes the topic of a cluster as its Topic says, and keeps it so.</summary>
internal sealed class TopicReconciler(TopicReconcilerContext context) : IReconciler
{
    /// <summary>Holds back the removal of a Topic whose Kafka topic is to be deleted with it.</summary>
    public const string Finalizer = "sluice.dev/topic";

    /// <inheritdoc/>
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        Topic? topic = context.Topics.Get(key);
        if (topic is null) return ReconcileResult.Done;
        if (topic.Metadata.DeletionTimestamp is not null) return await context.Deletion.ReconcileAsync(topic, cancellation);
        var status = new TopicStatusBuilder(topic, context.Time);
        if (Annotations.IsPaused(topic))
            return await SayAsync(status.NotReady(Reasons.Paused, $"the annotation {Annotations.Pause} is set"), ReconcileResult.Done, cancellation);

        Cluster? cluster = context.Clusters.Get(topic.ClusterKey);
        if (cluster is null)
        {
            // With its cluster gone there is nothing to delete; a finalizer would only keep a namespace from going.
            await Finalizers.RemoveAsync(context.Client, topic, Finalizer, cancellation);
            return await SayAsync(status.NotReady(Reasons.ClusterNotFound, $"there is no Cluster {topic.Spec.ClusterRef.Name} in this namespace"), ReconcileResult.Done, cancellation);
        }
        if (context.Owner(topic) is { } owner && ObjectKey.Of(owner) != key)
            return await RefuseAsync(topic, status, new Refusal(Reasons.ResourceConflict, $"topic '{topic.KafkaName}' is managed by the Topic {owner.Metadata.Name}, which is older", false), ReconcileResult.Done, cancellation);
        if (cluster.Status?.BootstrapAddress is not { } address)
            return await SayAsync(status.NotReady(Reasons.ClusterNotReady, $"the Cluster {cluster.Metadata.Name} has no address yet"), ReconcileResult.Done, cancellation);

        topic = await SetFinalizerAsync(topic, cluster, cancellation);
        status = new TopicStatusBuilder(topic, context.Time);
        try
        {
            return await ConvergeAsync(topic, status, context.Brokers.To(topic.ClusterKey, address), cancellation);
        }
        catch (BrokersUnavailableException error)
        {
            // What the topic was stays in the status; nothing is lost by waiting. The cluster's reconciler finds out what is wrong, and
            // when it sees the brokers back it calls the topics, so thousands of them need not ask in a hurry.
            if (Conditions.IsTrue(cluster.Status.Conditions, "Ready")) context.Suspect(topic.ClusterKey);
            return await SayAsync(status.NotReady(Reasons.Unreachable, error.Message), context.RetryLater(), cancellation);
        }
    }

    private async Task<ReconcileResult> ConvergeAsync(Topic topic, TopicStatusBuilder status, BrokerConnections.Connection brokers, CancellationToken cancellation)
    {
        BrokerTopic? present = await brokers.Describer.DescribeAsync(topic.KafkaName, cancellation);
        var plan = TopicPlan.Compute(topic.Spec, present);
        if (!plan.IsEmpty)
        {
            Refusal? refusal = await CarryOutAsync(topic, plan, present, brokers.Admin, cancellation);
            if (refusal is { IsTransient: true }) throw new BrokersUnavailableException(refusal.Message);
            // A client made it meanwhile: the next look compares with what it made.
            if (refusal is { Reason: "TopicAlreadyExists" }) return ReconcileResult.Retry(new IOException(refusal.Message));
            present = await brokers.Describer.DescribeAsync(topic.KafkaName, cancellation);
            if (refusal is not null) return await RefuseAsync(topic, status.Found(present), refusal, Later(), cancellation);
        }
        if (present is null) return ReconcileResult.Retry(new IOException($"topic '{topic.KafkaName}' was made, and brokers do not know it yet"));
        status.Found(present);
        if (plan.Impossible is { } impossible) return await RefuseAsync(topic, status, impossible, Later(), cancellation);
        return await SayAsync(status.Ready(), Later(), cancellation);
    }

    private async Task<Refusal?> CarryOutAsync(Topic topic, TopicPlan plan, BrokerTopic? present, IBrokerAdmin admin, CancellationToken cancellation)
    {
        string name = topic.KafkaName;
        if (plan.Create)
        {
            Refusal? refusal = await admin.CreateTopicAsync(name, topic.Spec.Partitions, topic.Spec.Replicas, topic.Spec.Config ?? [], cancellation);
            if (refusal is not null) return refusal;
            // A topic that had an id before was deleted behind the operator's back: made anew, but its records are gone.
            if (topic.Status?.TopicId is null) context.Events.Normal(topic, "TopicCreated", "Create", $"created topic '{name}' with {topic.Spec.Partitions} partitions");
            else context.Events.Warning(topic, "TopicRecreated", "Create", $"topic '{name}' was gone and was created again, empty");
            return null;
        }
        if (plan.GrowTo is { } partitions)
        {
            Refusal? refusal = await admin.GrowTopicAsync(name, partitions, cancellation);
            if (refusal is not null) return refusal;
            context.Events.Normal(topic, "PartitionsAdded", "Grow", $"topic '{name}' has {partitions} partitions now");
        }
        if (plan.ConfigChanges.Count > 0)
        {
            Refusal? refusal = await admin.ConfigureTopicAsync(name, plan.ConfigChanges, cancellation);
            if (refusal is not null) return refusal;
            // The manifest was carried out before, so somebody else changed the topic since.
            bool drift = topic.Status is { } status && status.ObservedGeneration == topic.Metadata.Generation && Conditions.IsTrue(status.Conditions, "Ready");
            string described = SettingChanges.Describe(present!.Config, plan.ConfigChanges);
            if (drift) context.Events.Warning(topic, "DriftReverted", "Configure", $"topic '{name}' was changed from outside, and is again as this manifest says: {described}");
            else context.Events.Normal(topic, "ConfigChanged", "Configure", $"topic '{name}': {described}");
        }
        return null;
    }

    private async Task<Topic> SetFinalizerAsync(Topic topic, Cluster cluster, CancellationToken cancellation)
    {
        // Added before the topic is made, so that no deletion is missed; never for a cluster that is going.
        bool wanted = topic.Spec.ReclaimPolicy == ReclaimPolicies.Delete && cluster.Metadata.DeletionTimestamp is null;
        if (wanted == Finalizers.Has(topic, Finalizer)) return topic;
        if (wanted) return await Finalizers.AddAsync(context.Client, topic, Finalizer, cancellation);
        await Finalizers.RemoveAsync(context.Client, topic, Finalizer, cancellation);
        return topic;
    }

    private async Task<ReconcileResult> RefuseAsync(Topic topic, TopicStatusBuilder status, Refusal refusal, ReconcileResult result, CancellationToken cancellation)
    {
        // The event tells of the refusal once; the status goes on saying it.
        if (!status.Says(refusal.Reason, refusal.Message)) context.Events.Warning(topic, refusal.Reason, "Refuse", refusal.Message);
        return await SayAsync(status.NotReady(refusal.Reason, refusal.Message), result, cancellation);
    }

    private async Task<ReconcileResult> SayAsync(TopicStatusBuilder status, ReconcileResult result, CancellationToken cancellation)
    {
        await context.Statuses.WriteAsync(status.Topic, status.Topic.Status, status.Build(), cancellation);
        return result;
    }

    /// <summary>The next look for drift, spread so that topics which were made together are not all asked for at once for ever.</summary>
    private ReconcileResult Later() => ReconcileResult.After(context.DriftInterval * (0.9 + 0.2 * Random.Shared.NextDouble()));
}
