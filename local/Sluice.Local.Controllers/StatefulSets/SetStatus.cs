using k8s.Models;

namespace Sluice.Local.Controllers.StatefulSets;

/// <summary>The status of a StatefulSet, counted from its pods. Pure.</summary>
internal static class SetStatus
{
    public static V1StatefulSetStatus Build(SetState state, int? collisions, DateTimeOffset now)
    {
        var set = state.Set;
        var pods = state.Pods.Where(p => SetPods.OrdinalOf(set, p) is not null).ToList();
        int OfRevision(string revision) => pods.Count(p => !SetPods.IsTerminating(p) && SetPods.RevisionOf(p) == revision);
        var status = new V1StatefulSetStatus
        {
            ObservedGeneration = set.Metadata.Generation,
            Replicas = pods.Count,
            ReadyReplicas = pods.Count(SetPods.IsRunningAndReady),
            AvailableReplicas = pods.Count(p => SetPods.AvailableAt(set, p) <= now),
            CurrentReplicas = OfRevision(state.CurrentRevision),
            UpdatedReplicas = OfRevision(state.UpdateRevision),
            CurrentRevision = state.CurrentRevision,
            UpdateRevision = state.UpdateRevision,
            CollisionCount = collisions ?? 0,
            Conditions = set.Status?.Conditions,
        };
        // Once every pod is of the new revision and ready the new revision is the current one.
        var isRolling = set.Spec!.UpdateStrategy?.Type != "OnDelete";
        if (isRolling && status.UpdatedReplicas == status.Replicas && status.ReadyReplicas == status.Replicas)
        {
            status.CurrentReplicas = status.UpdatedReplicas;
            status.CurrentRevision = status.UpdateRevision;
        }
        return status;
    }

    /// <summary>Whether two statuses say the same.</summary>
    public static bool AreEqual(V1StatefulSetStatus? a, V1StatefulSetStatus b) =>
        a is not null && a.ObservedGeneration == b.ObservedGeneration && a.Replicas == b.Replicas && (a.ReadyReplicas ?? 0) == b.ReadyReplicas
        && (a.AvailableReplicas ?? 0) == b.AvailableReplicas && (a.CurrentReplicas ?? 0) == b.CurrentReplicas
        && (a.UpdatedReplicas ?? 0) == b.UpdatedReplicas && a.CurrentRevision == b.CurrentRevision
        && a.UpdateRevision == b.UpdateRevision && (a.CollisionCount ?? 0) == b.CollisionCount;
}
