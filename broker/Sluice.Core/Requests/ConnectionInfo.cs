namespace Sluice.Core.Requests;

/// <summary>What handlers may know of the connection that a request came over. One object a connection; its shard alone touches it.</summary>
public sealed class ConnectionInfo
{
    /// <summary>The connection's number, unique in the process for its lifetime; for logs.</summary>
    public long Id { get; init; }

    /// <summary>The peer's address, without its port.</summary>
    public string ClientHost { get; init; } = "";

    /// <summary>The name of the listener that accepted the connection: an answer that names brokers gives their address on the same listener.</summary>
    public string ListenerName { get; init; } = "PLAINTEXT";

    /// <summary>The client library's name as it told in ApiVersions (KIP-511); empty until then.</summary>
    public string ClientSoftwareName { get; set; } = "";

    /// <summary>The client library's version as it told in ApiVersions (KIP-511); empty until then.</summary>
    public string ClientSoftwareVersion { get; set; } = "";
}
