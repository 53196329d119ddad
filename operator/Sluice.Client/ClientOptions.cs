namespace Sluice.Client;

/// <summary>How a client reaches a cluster and how long it waits.</summary>
public record ClientOptions
{
    /// <summary>Addresses (<c>host:port</c>, comma separated) of which any one that answers is enough to find the cluster.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>The name that the brokers' logs and quotas know this client by.</summary>
    public string ClientId { get; init; } = "sluice-client";

    /// <summary>How long connecting to one broker, and its version handshake, may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an answer may take. After that the connection is closed, since answers come in the order of requests.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest answer that is accepted, in bytes. A larger one closes the connection before memory is taken for it.</summary>
    public int ResponseBytesMax { get; init; } = 128 * 1024 * 1024;

    /// <summary>How long to wait before the first repetition of a request that failed; doubles with each further one (<c>retry.backoff.ms</c>).</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between two attempts (<c>retry.backoff.max.ms</c>).</summary>
    public TimeSpan RetryBackoffMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>After this age what is known of topics and leaders is asked for anew (<c>metadata.max.age.ms</c>).</summary>
    public TimeSpan MetadataMaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The clock that time-outs are measured with.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
