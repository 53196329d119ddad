using k8s.Models;
using Sluice.Local.NodeAgent.Containers;

namespace Sluice.Local.NodeAgent.Status;

/// <summary>What is to be reported of a container.</summary>
internal sealed record ContainerView
{
    public required V1Container Spec { get; init; }

    /// <summary>How often it was started again.</summary>
    public int Restarts { get; init; }

    /// <summary>When the running process was started; null when none runs.</summary>
    public DateTimeOffset? RunningSince { get; init; }

    /// <summary>How the last process ended, when none runs.</summary>
    public ContainerEnd? End { get; init; }

    /// <summary>How the process before ended.</summary>
    public ContainerEnd? PreviousEnd { get; init; }

    /// <summary>Why it waits to be started (again); null when it runs or is not to be started.</summary>
    public string? WaitingReason { get; init; }

    public string? WaitingMessage { get; init; }

    public bool Started { get; init; }

    public bool Ready { get; init; }

    /// <summary>What is known of the container's identity; null before its first start.</summary>
    public string? Id { get; init; }

    /// <summary>It ended, and its pod's policy says that it stays so.</summary>
    public bool HasEndedForGood => End is not null && RunningSince is null && WaitingReason is null;
}
