namespace Sluice.Kubernetes.Leases;

/// <summary>Settings of a leader election.</summary>
public sealed record LeaderElectorOptions
{
    /// <summary>Namespace of the lease.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the lease: candidates with the same name compete.</summary>
    public required string Name { get; init; }

    /// <summary>Who this process is; unique among the candidates, also after a restart.</summary>
    public string Identity { get; init; } = $"{Environment.MachineName}_{Guid.NewGuid()}";

    /// <summary>How long the others wait after the last sign of life before they take over.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the leader tries to renew before it gives up; less than <see cref="LeaseDuration"/>.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between two tries.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>Another process may be leading now: this one must end before it does anything else.</summary>
public sealed class LeadershipLostException(string message) : Exception(message);
