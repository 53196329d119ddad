using k8s.Models;

namespace Sluice.Local.Controllers.StatefulSets;

/// <summary>One thing to do for a set.</summary>
internal abstract record SetAction
{
    /// <summary>Make the pod with an ordinal, from the old template or the new one, and its claims.</summary>
    internal sealed record CreatePod(int Ordinal, bool FromCurrentRevision) : SetAction;

    /// <summary>Delete a pod; a scaled-down one may take its claims with it.</summary>
    internal sealed record DeletePod(V1Pod Pod, bool IsScaledDown) : SetAction;
}

/// <summary>What to do for a set now, and when to look again by oneself.</summary>
internal sealed record SetPlan(IReadOnlyList<SetAction> Actions, DateTimeOffset? LookAgainAt);

/// <summary>The set's pods and revisions, as they are.</summary>
internal sealed record SetState(V1StatefulSet Set, IReadOnlyList<V1Pod> Pods, string CurrentRevision, string UpdateRevision);

/// <summary>
/// Decides what a StatefulSet needs next, in the order of kube-controller-manager's: missing pods from the lowest ordinal up,
/// surplus pods from the highest down, then one outdated pod from the highest down to the partition. With OrderedReady each
/// step waits for all pods before it to be running, ready and available. Pure.
/// </summary>
internal static class SetPlanner
{
    public static SetPlan Plan(SetState state, DateTimeOffset now)
    {
        var set = state.Set;
        if (set.Metadata.DeletionTimestamp is not null) return new([], null);
        var planner = new Planning(state, now);
        if (planner.FillUp() && planner.ScaleDown()) planner.RollOut();
        return new(planner.Actions, planner.LookAgainAt);
    }

    /// <summary>The ordinals that the set should have: [start, end).</summary>
    public static (int Start, int End) Range(V1StatefulSet set)
    {
        var start = set.Spec!.Ordinals?.Start ?? 0;
        return (start, start + (set.Spec.Replicas ?? 1));
    }

    private sealed class Planning
    {
        private readonly SetState _state;
        private readonly V1StatefulSet _set;
        private readonly DateTimeOffset _now;
        private readonly bool _ordered;
        private readonly SortedDictionary<int, V1Pod> _replicas = [];
        private readonly SortedDictionary<int, V1Pod> _surplus = [];
        private readonly V1Pod? _firstUnhealthy;

        public Planning(SetState state, DateTimeOffset now)
        {
            _state = state;
            _set = state.Set;
            _now = now;
            _ordered = _set.Spec!.PodManagementPolicy != "Parallel";
            var (start, end) = Range(_set);
            foreach (var pod in state.Pods)
            {
                if (SetPods.OrdinalOf(_set, pod) is not { } ordinal) continue;
                (ordinal >= start && ordinal < end ? _replicas : _surplus)[ordinal] = pod;
            }
            _firstUnhealthy = _replicas.Concat(_surplus).OrderBy(p => p.Key).Select(p => p.Value).FirstOrDefault(p => !SetPods.IsHealthy(p));
        }

        public List<SetAction> Actions { get; } = [];

        public DateTimeOffset? LookAgainAt { get; private set; }

        /// <summary>Makes missing pods and replaces ended ones; false: wait before anything else.</summary>
        public bool FillUp()
        {
            var (start, end) = Range(_set);
            for (var ordinal = start; ordinal < end; ordinal++)
            {
                if (!_replicas.TryGetValue(ordinal, out var pod))
                {
                    Actions.Add(new SetAction.CreatePod(ordinal, NeedsCurrentRevision(ordinal)));
                    if (_ordered) return false;
                }
                else if (SetPods.HasEnded(pod))
                {
                    // It is made again once it is gone.
                    if (!SetPods.IsTerminating(pod)) Actions.Add(new SetAction.DeletePod(pod, IsScaledDown: false));
                    if (_ordered) return false;
                }
                else if (_ordered && (SetPods.IsTerminating(pod) || !IsAvailable(pod)))
                {
                    return false;
                }
            }
            return true;
        }

        /// <summary>Deletes surplus pods; false: wait before anything else.</summary>
        public bool ScaleDown()
        {
            foreach (var (_, pod) in _surplus.Reverse())
            {
                if (SetPods.IsTerminating(pod))
                {
                    if (_ordered) return false;
                    continue;
                }
                // A pod that is not well may go when it is the only reason to wait; another one's trouble stops the scaling.
                if (_ordered && !ReferenceEquals(pod, _firstUnhealthy) && !IsAvailable(pod)) return false;
                Actions.Add(new SetAction.DeletePod(pod, IsScaledDown: true));
                if (_ordered) return false;
            }
            return true;
        }

        /// <summary>Deletes the highest pod that is of an old revision, once those above it are healthy.</summary>
        public void RollOut()
        {
            if (Actions.Count > 0 || _set.Spec!.UpdateStrategy?.Type == "OnDelete") return;
            var first = Range(_set).Start + (_set.Spec.UpdateStrategy?.RollingUpdate?.Partition ?? 0);
            foreach (var (ordinal, pod) in _replicas.Reverse())
            {
                if (ordinal < first) return;
                if (SetPods.RevisionOf(pod) != _state.UpdateRevision && !SetPods.IsTerminating(pod))
                {
                    Actions.Add(new SetAction.DeletePod(pod, IsScaledDown: false));
                    return;
                }
                if (!SetPods.IsHealthy(pod) || !IsAvailable(pod)) return;
            }
        }

        private bool NeedsCurrentRevision(int ordinal)
        {
            if (_set.Spec!.UpdateStrategy?.Type == "OnDelete") return false;
            // No partition is partition 0, as the API server's default says.
            return ordinal < Range(_set).Start + (_set.Spec.UpdateStrategy?.RollingUpdate?.Partition ?? 0);
        }

        private bool IsAvailable(V1Pod pod)
        {
            if (SetPods.AvailableAt(_set, pod) is not { } at) return false;
            if (at <= _now) return true;
            if (LookAgainAt is null || at < LookAgainAt) LookAgainAt = at;
            return false;
        }
    }
}
