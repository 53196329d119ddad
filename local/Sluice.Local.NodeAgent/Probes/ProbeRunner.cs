using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using k8s.Models;

namespace Sluice.Local.NodeAgent.Probes;

/// <summary>One try of a probe.</summary>
internal static class ProbeRunner
{
    private const int OutputBytesMax = 10 * 1024;

    // A connection a try, as the kubelet makes it.
    private static readonly HttpClient Http = CreateClient();

    [SuppressMessage("Security", "CA5359", Justification = "The kubelet does not check certificates of probed pods either.")]
    private static HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        UseCookies = false,
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = OutputBytesMax,
    };

    /// <summary>Tries once; a try that takes longer than the probe's timeout has failed.</summary>
    public static async Task<ProbeOutcome> RunAsync(V1Probe probe, ProbeTarget target, CancellationToken cancellation)
    {
        var timeout = TimeSpan.FromSeconds(Math.Max(1, probe.TimeoutSeconds ?? 1));
        if (probe.Exec is { } exec) return await ExecAsync(exec, target, timeout, cancellation).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            if (probe.HttpGet is { } http) return await GetAsync(http, target, limit.Token).ConfigureAwait(false);
            if (probe.TcpSocket is { } tcp) return await ConnectAsync(tcp, target, limit.Token).ConfigureAwait(false);
            return ProbeOutcome.Failure("local pods support the probes exec, httpGet and tcpSocket");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ProbeOutcome.Failure($"no answer within {timeout.TotalSeconds} s");
        }
    }

    private static async Task<ProbeOutcome> GetAsync(V1HTTPGetAction action, ProbeTarget target, CancellationToken cancellation)
    {
        if (target.Port(action.Port) is not { } port) return NoPort(action.Port);
        var scheme = string.Equals(action.Scheme, "HTTPS", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        var path = action.Path is { Length: > 0 } given ? given[0] == '/' ? given : "/" + given : "/";
        var host = action.Host is { Length: > 0 } named ? named : target.PodIp;
        var uri = new Uri($"{scheme}://{host}:{port}{path}");
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.36");
        foreach (var header in action.HttpHeaders ?? [])
        {
            request.Headers.Remove(header.Name);
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }
        try
        {
            using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            return response.StatusCode is >= HttpStatusCode.OK and < HttpStatusCode.BadRequest
                ? ProbeOutcome.Success
                : ProbeOutcome.Failure($"HTTP probe failed with statuscode: {(int)response.StatusCode}");
        }
        catch (HttpRequestException e)
        {
            return ProbeOutcome.Failure($"Get \"{uri}\": {e.Message}");
        }
    }

    private static async Task<ProbeOutcome> ConnectAsync(V1TCPSocketAction action, ProbeTarget target, CancellationToken cancellation)
    {
        if (target.Port(action.Port) is not { } port) return NoPort(action.Port);
        var host = action.Host is { Length: > 0 } named ? named : target.PodIp;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, cancellation).ConfigureAwait(false);
            return ProbeOutcome.Success;
        }
        catch (SocketException e)
        {
            return ProbeOutcome.Failure($"dial tcp {host}:{port}: {e.Message}");
        }
    }

    private static async Task<ProbeOutcome> ExecAsync(V1ExecAction action, ProbeTarget target, TimeSpan timeout, CancellationToken cancellation)
    {
        if (action.Command is not { Count: > 0 } command) return ProbeOutcome.Failure("the exec probe has no command");
        var (exitCode, output) = await target.Exec([.. command], timeout, cancellation).ConfigureAwait(false);
        return exitCode == 0 ? ProbeOutcome.Success : ProbeOutcome.Failure(output.Trim() is { Length: > 0 } text ? text : $"exit code {exitCode}");
    }

    private static ProbeOutcome NoPort(IntOrString port) => ProbeOutcome.Failure($"the container has no port named \"{port}\"");
}

/// <summary>What a try of a probe gave.</summary>
internal readonly record struct ProbeOutcome(bool Succeeded, string Message)
{
    public static ProbeOutcome Success => new(true, "");

    public static ProbeOutcome Failure(string message) => new(false, message);
}
