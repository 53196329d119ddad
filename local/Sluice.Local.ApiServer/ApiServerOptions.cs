using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sluice.Local.ApiServer;

/// <summary>Where an API server keeps its data and listens.</summary>
public sealed record ApiServerOptions
{
    /// <summary>Holds objects, certificates and the kubeconfig; it is made when missing. One server a time may use it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The address to listen on; loopback unless told otherwise.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port to listen on; 0 takes any that is free.</summary>
    public int Port { get; init; }

    /// <summary>The clock behind creation times, ages and grace periods.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where <c>kubectl logs</c> finds the output of containers; without it that is answered with an error.</summary>
    public IPodLogs? PodLogs { get; init; }

    /// <summary>Where the server's own log lines go.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
