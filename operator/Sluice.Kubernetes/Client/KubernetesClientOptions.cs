namespace Sluice.Kubernetes.Client;

/// <summary>Settings of a client.</summary>
public sealed record KubernetesClientOptions
{
    /// <summary>Longest wait for an answer, retries included. Watches have none.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Objects a page of a list.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Name of the program in the server's audit log.</summary>
    public string UserAgent { get; init; } = "sluice/0.1";

    /// <summary>Clock for deadlines and waits.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
