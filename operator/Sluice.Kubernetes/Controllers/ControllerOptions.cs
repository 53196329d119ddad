namespace Sluice.Kubernetes.Controllers;

/// <summary>Settings of a controller.</summary>
public sealed record ControllerOptions
{
    /// <summary>Objects that are reconciled at the same time.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Longest time of one reconciliation; null: no limit.</summary>
    public TimeSpan? ReconcileTimeout { get; init; }

    /// <summary>How long the first lists may take before the controller gives up.</summary>
    public TimeSpan CacheSyncTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
