using k8s.Models;
using Sluice.Local.NodeAgent.Containers;

namespace Sluice.Local.NodeAgent.Status;

/// <summary>
/// Makes a pod's status of what its containers do, with the phases, conditions and reasons of the kubelet. Pure: the old status
/// gives the transition times of what did not change, and the conditions that others wrote.
/// </summary>
internal static class PodStatusBuilder
{
    private static readonly string[] OwnConditions =
        ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

    private static readonly string[] GuaranteedResources = ["cpu", "memory"];

    /// <summary>The status to write.</summary>
    /// <param name="pod">The pod with its present status.</param>
    /// <param name="podIp">Its address.</param>
    /// <param name="initContainers">Views of the init containers, in order.</param>
    /// <param name="containers">Views of the containers, in order.</param>
    /// <param name="now">The time for what changed.</param>
    public static V1PodStatus Build(
        V1Pod pod, string podIp, IReadOnlyList<ContainerView> initContainers, IReadOnlyList<ContainerView> containers, DateTimeOffset now)
    {
        var old = pod.Status;
        var phase = Phase(pod, initContainers, containers);
        return (old ?? new V1PodStatus()) with
        {
            Phase = phase,
            Conditions = Conditions(pod, phase, initContainers, containers, now),
            HostIP = LocalNode.Address,
            HostIPs = [new V1HostIP { Ip = LocalNode.Address }],
            PodIP = podIp,
            PodIPs = [new V1PodIP { Ip = podIp }],
            StartTime = old?.StartTime ?? now.UtcDateTime,
            QosClass = old?.QosClass ?? QualityOfService(pod),
            ObservedGeneration = pod.Metadata.Generation,
            InitContainerStatuses = initContainers.Count == 0 ? null : [.. initContainers.Select(Status)],
            ContainerStatuses = [.. containers.Select(Status)],
        };
    }

    /// <summary>The pod's phase; a pod that has ended keeps its phase.</summary>
    internal static string Phase(V1Pod pod, IReadOnlyList<ContainerView> initContainers, IReadOnlyList<ContainerView> containers)
    {
        if (pod.Status?.Phase is "Succeeded" or "Failed") return pod.Status.Phase;
        if (initContainers.Any(c => c.HasEndedForGood && c.End!.ExitCode != 0)) return "Failed";
        if (!initContainers.All(IsInitialized) && containers.All(c => c.RunningSince is null && c.End is null)) return "Pending";
        if (containers.Count > 0 && containers.All(c => c.HasEndedForGood))
            return containers.All(c => c.End!.ExitCode == 0) ? "Succeeded" : "Failed";
        // A container that never ran keeps the pod pending; one that waits to run again does not.
        return containers.Any(c => c.RunningSince is null && c.End is null) ? "Pending" : "Running";
    }

    private static List<V1PodCondition> Conditions(
        V1Pod pod, string phase, IReadOnlyList<ContainerView> initContainers, IReadOnlyList<ContainerView> containers, DateTimeOffset now)
    {
        var old = pod.Status?.Conditions ?? [];
        var ended = phase is "Succeeded" or "Failed";
        var initialized = initContainers.All(IsInitialized) || containers.Any(c => c.RunningSince is not null || c.End is not null);
        var unready = containers.Where(c => !c.Ready).Select(c => c.Spec.Name).ToList();
        var uninitialized = initContainers.Where(c => !IsInitialized(c)).Select(c => c.Spec.Name);
        var (reason, message) = ended ? ("PodCompleted", null)
            : unready.Count > 0 ? ("ContainersNotReady", $"containers with unready status: [{string.Join(' ', unready)}]")
            : (null, (string?)null);
        var gates = (pod.Spec!.ReadinessGates ?? []).Where(g => !old.Any(c => c.Type == g.ConditionType && c.Status == "True")).ToList();
        var gated = reason is null && gates.Count > 0;

        var result = new List<V1PodCondition>
        {
            new() { Type = "PodReadyToStartContainers", Status = ended ? "False" : "True" },
            new()
            {
                Type = "Initialized",
                Status = initialized ? "True" : "False",
                Reason = !initialized ? "ContainersNotInitialized" : phase == "Succeeded" ? "PodCompleted" : null,
                Message = initialized ? null : $"containers with incomplete status: [{string.Join(' ', uninitialized)}]",
            },
            new()
            {
                Type = "Ready",
                Status = reason is null && !gated ? "True" : "False",
                Reason = gated ? "ReadinessGatesNotReady" : reason,
                Message = gated ? $"corresponding condition of pod readiness gate \"{gates[0].ConditionType}\" does not exist or is not true." : message,
            },
            new() { Type = "ContainersReady", Status = reason is null ? "True" : "False", Reason = reason, Message = message },
            new() { Type = "PodScheduled", Status = "True" },
        };
        foreach (var condition in result)
        {
            var before = old.FirstOrDefault(c => c.Type == condition.Type);
            condition.LastTransitionTime = before is not null && before.Status == condition.Status ? before.LastTransitionTime : now.UtcDateTime;
            condition.ObservedGeneration = pod.Metadata.Generation;
        }
        result.AddRange(old.Where(c => !OwnConditions.Contains(c.Type)));
        return result;
    }

    private static bool IsInitialized(ContainerView container) => container.HasEndedForGood && container.End!.ExitCode == 0;

    private static V1ContainerStatus Status(ContainerView view) => new()
    {
        Name = view.Spec.Name,
        Image = view.Spec.Image ?? "",
        ImageID = view.Id is null ? "" : "local://" + (view.Spec.Image ?? ""),
        ContainerID = view.Id,
        Ready = view.Ready,
        Started = view.RunningSince is not null && view.Started,
        RestartCount = view.Restarts,
        State = State(view),
        LastState = LastState(view),
    };

    private static V1ContainerState State(ContainerView view)
    {
        if (view.RunningSince is { } since) return new() { Running = new() { StartedAt = since.UtcDateTime } };
        if (view.HasEndedForGood) return new() { Terminated = Terminated(view, view.End!) };
        return new() { Waiting = new() { Reason = view.WaitingReason ?? "ContainerCreating", Message = view.WaitingMessage } };
    }

    private static V1ContainerState LastState(ContainerView view)
    {
        // A waiting container shows its last end here, since its state shows what it waits for.
        var last = view.RunningSince is null && !view.HasEndedForGood ? view.End ?? view.PreviousEnd : view.PreviousEnd;
        return last is null ? new() : new() { Terminated = Terminated(view, last) };
    }

    private static V1ContainerStateTerminated Terminated(ContainerView view, ContainerEnd end) => new()
    {
        ExitCode = end.ExitCode,
        Reason = end.Reason,
        Message = end.Message,
        StartedAt = end.StartedAt?.UtcDateTime,
        FinishedAt = end.FinishedAt.UtcDateTime,
        ContainerID = view.Id is { } id ? $"{id[..(id.LastIndexOf('/') + 1)]}{end.Attempt}" : null,
    };

    private static string QualityOfService(V1Pod pod)
    {
        var all = pod.Spec!.Containers.Concat(pod.Spec.InitContainers ?? []).ToList();
        if (all.All(c => (c.Resources?.Limits?.Count ?? 0) == 0 && (c.Resources?.Requests?.Count ?? 0) == 0)) return "BestEffort";
        var guaranteed = all.All(c => GuaranteedResources.All(r =>
            c.Resources?.Limits?.TryGetValue(r, out var limit) == true
            && (c.Resources.Requests?.TryGetValue(r, out var request) != true || request == limit)));
        return guaranteed ? "Guaranteed" : "Burstable";
    }
}
