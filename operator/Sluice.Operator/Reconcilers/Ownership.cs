using k8s.Models;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Models;
using Sluice.Operator.Desired;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>
/// Decides whether an object that is there by a name which a cluster wants is the cluster's: only what its owner reference gives to
/// it, by uid, and what somebody gave to it on purpose, by an annotation, is written. Anything else would be overwritten now, and
/// deleted with the cluster later. Pure.
/// </summary>
internal static class Ownership
{
    /// <summary>Why the operator may not write an object; null when it may.</summary>
    /// <param name="cluster">The cluster that wants it.</param>
    /// <param name="kind">Kind of the object.</param>
    /// <param name="present">The object as it is; null: there is none.</param>
    public static Objection? Find(Cluster cluster, string kind, V1ObjectMeta? present)
    {
        if (present is null) return null;
        V1OwnerReference? owner = OwnerReferences.ControllerOf(present);
        if (owner?.Uid == cluster.Metadata.Uid) return null;
        if (owner is null) return IsGivenTo(cluster, present) ? null : Refused($"there is {Named(kind, present)} already, and it is not this Cluster's: {HowToGive(cluster, kind, present)}");
        if (!IsCluster(owner)) return Refused($"{Named(kind, present)} belongs to the {owner.Kind} {owner.Name}: give this Cluster another name");
        if (owner.Name == cluster.Metadata.Name) return new Objection(Reasons.WaitingForDeletion, $"{Named(kind, present)} belongs to an earlier Cluster of this name, and is deleted by Kubernetes; waiting for that");
        return Refused($"{Named(kind, present)} belongs to the Cluster {owner.Name}, whose name and pool make the same name as those of this one: make this Cluster, or its pool, by another name");
    }

    /// <summary>Why the pods of a pool may not use a volume claim that is there already; null when they may.</summary>
    public static Objection? Find(Cluster cluster, ClusterNames names, string pool, V1PersistentVolumeClaim claim)
    {
        if (names.IsOfPool(pool, claim.Metadata) || IsGivenTo(cluster, claim.Metadata)) return null;
        string whose = ClusterNames.ClusterOf(claim.Metadata) is { } other ? $"holds the records of the Cluster {other}" : "was not made for this Cluster";
        return Refused(
            $"{Named(claim.Kind, claim.Metadata)} {whose}: make this Cluster, or its pool, by another name, delete the claim, " +
            $"or let the Cluster use it with what is in it: {Annotate(cluster, claim.Kind, claim.Metadata)}");
    }

    private static bool IsGivenTo(Cluster cluster, V1ObjectMeta present) => present.Annotations.Find(Annotations.AdoptBy) == cluster.Metadata.Name;

    private static bool IsCluster(V1OwnerReference owner) =>
        owner.Kind == ResourceType.Of<Cluster>().Kind && owner.ApiVersion.StartsWith(ResourceType.Of<Cluster>().Group + "/", StringComparison.Ordinal);

    private static Objection Refused(string message) => new(Reasons.ResourceConflict, message);

    private static string Named(string kind, V1ObjectMeta present) => $"the {kind} {present.Name}";

    private static string HowToGive(Cluster cluster, string kind, V1ObjectMeta present) =>
        $"make this Cluster by another name, remove that object, or let the Cluster overwrite it now and delete it with itself later: {Annotate(cluster, kind, present)}";

    private static string Annotate(Cluster cluster, string kind, V1ObjectMeta present) =>
        $"kubectl annotate -n {present.NamespaceProperty} {kind.ToLowerInvariant()} {present.Name} {Annotations.AdoptBy}={cluster.Metadata.Name}";
}
