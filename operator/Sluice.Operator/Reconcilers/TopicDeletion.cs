using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Brokers;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>
/// Deletes the Kafka topic of a Topic that is being deleted, unless another Topic wants it. It gives way rather than hold up a namespace: when the cluster or the
/// namespace is going too, or brokers stay silent for too long, the topic is left behind.
/// </summary>
internal sealed class TopicDeletion(TopicReconcilerContext context)
{
    public async Task<ReconcileResult> ReconcileAsync(Topic topic, CancellationToken cancellation)
    {
        if (!Finalizers.Has(topic, TopicReconciler.Finalizer)) return ReconcileResult.Done;
        // Without an id the topic was never seen by the operator: what is there by this name may be somebody else's.
        if (topic.Spec.ReclaimPolicy != ReclaimPolicies.Delete || topic.Status?.TopicId is not { } id || !IsOwner(topic))
            return await ReleaseAsync(topic, cancellation);
        if (context.Heir(topic) is { } heir)
        {
            // What was written since belongs to that Topic as much as to this one.
            context.Events.Normal(heir, "TopicTakenOver", "TakeOver", $"topic '{topic.KafkaName}' stays with its records: the Topic {topic.Metadata.Name} was deleted, and this one takes over");
            return await ReleaseAsync(topic, cancellation);
        }
        Cluster? cluster = context.Clusters.Get(topic.ClusterKey);
        if (cluster is null || cluster.Metadata.DeletionTimestamp is not null) return await ReleaseAsync(topic, cancellation);
        try
        {
            if (cluster.Status?.BootstrapAddress is not { } address) throw new BrokersUnavailableException("the cluster has no address");
            Refusal? refusal = await context.Brokers.To(topic.ClusterKey, address).Admin.DeleteTopicAsync(id, cancellation);
            if (refusal is { IsTransient: true }) throw new BrokersUnavailableException(refusal.Message);
            if (refusal is not null) return await RefusedAsync(topic, refusal, cancellation);
            context.Events.Normal(topic, "TopicDeleted", "Delete", $"deleted topic '{topic.KafkaName}'");
            return await ReleaseAsync(topic, cancellation);
        }
        catch (BrokersUnavailableException error)
        {
            return await UnreachableAsync(topic, error, cancellation);
        }
    }

    private bool IsOwner(Topic topic) => context.Owner(topic) is { } owner && ObjectKey.Of(owner) == ObjectKey.Of(topic);

    private async Task<ReconcileResult> UnreachableAsync(Topic topic, BrokersUnavailableException error, CancellationToken cancellation)
    {
        bool tooLong = context.Time.GetUtcNow() - topic.Metadata.DeletionTimestamp >= context.DeletionPatience;
        if (tooLong || await IsNamespaceGoingAsync(topic.Metadata.NamespaceProperty!, cancellation))
        {
            context.Events.Warning(topic, "TopicLeftBehind", "Delete", $"topic '{topic.KafkaName}' was not deleted: {error.Message}");
            return await ReleaseAsync(topic, cancellation);
        }
        var status = new TopicStatusBuilder(topic, context.Time).NotReady(Reasons.Unreachable, "waiting to delete the topic: " + error.Message);
        await context.Statuses.WriteAsync(topic, topic.Status, status.Build(), cancellation);
        context.Suspect(topic.ClusterKey);
        return context.RetryLater();
    }

    private async Task<ReconcileResult> RefusedAsync(Topic topic, Refusal refusal, CancellationToken cancellation)
    {
        TopicStatusBuilder status = new(topic, context.Time);
        if (!status.Says(refusal.Reason, refusal.Message)) context.Events.Warning(topic, refusal.Reason, "Delete", refusal.Message);
        await context.Statuses.WriteAsync(topic, topic.Status, status.NotReady(refusal.Reason, refusal.Message).Build(), cancellation);
        return ReconcileResult.After(context.DriftInterval);
    }

    private async Task<ReconcileResult> ReleaseAsync(Topic topic, CancellationToken cancellation)
    {
        await Finalizers.RemoveAsync(context.Client, topic, TopicReconciler.Finalizer, cancellation);
        return ReconcileResult.Done;
    }

    private async Task<bool> IsNamespaceGoingAsync(string name, CancellationToken cancellation)
    {
        try
        {
            V1Namespace? ns = await context.Client.TryGetAsync<V1Namespace>(null, name, cancellation);
            return ns is null || ns.Metadata.DeletionTimestamp is not null;
        }
        catch (ApiException error) when (error.Code == System.Net.HttpStatusCode.Forbidden)
        {
            // An operator of one namespace may not read namespaces; the patience above ends the wait then.
            return false;
        }
    }
}
