namespace Sluice.Local.ApiServer;

/// <summary>Which part of a container's output is asked for, as in <c>kubectl logs</c>.</summary>
public sealed record PodLogRequest
{
    /// <summary>The pod's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The pod's name.</summary>
    public required string Pod { get; init; }

    /// <summary>The pod's metadata.uid: a new pod of the same name has another log.</summary>
    public required string Uid { get; init; }

    /// <summary>The container's name; always one that the pod has.</summary>
    public required string Container { get; init; }

    /// <summary>The run before the present one.</summary>
    public bool Previous { get; init; }

    /// <summary>Go on with what is written until the container ends or the client leaves.</summary>
    public bool Follow { get; init; }

    /// <summary>Each line begins with the time at which it was written, RFC 3339 with nanoseconds, and a blank.</summary>
    public bool Timestamps { get; init; }

    /// <summary>Only this many lines from the end; null for all.</summary>
    public long? TailLines { get; init; }

    /// <summary>Only what was written at or after this time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Stop after this many bytes; null for no bound.</summary>
    public long? LimitBytes { get; init; }
}

/// <summary>The output of containers, kept by whatever runs them.</summary>
public interface IPodLogs
{
    /// <summary>
    /// Writes the asked part of a log to a stream, as plain text lines.
    /// </summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="output">Where to; flush it when something should arrive at once.</param>
    /// <param name="cancellation">Ends with the client's connection.</param>
    /// <returns>False when the container has no such log yet (it never started, or has no previous run); nothing was written then.</returns>
    Task<bool> WriteAsync(PodLogRequest request, Stream output, CancellationToken cancellation);
}
