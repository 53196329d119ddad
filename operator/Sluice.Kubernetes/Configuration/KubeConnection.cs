using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Kubernetes;

/// <summary>How to reach an API server and as whom.</summary>
public sealed class KubeConnection
{
    /// <summary>Address of the server, as in <c>https://127.0.0.1:6443</c>; may have a path.</summary>
    public required Uri Server { get; init; }

    /// <summary>Namespace for commands that name none.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>Authorities that the server's certificate must come from; null: the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The client's certificate with its private key.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The client's bearer token.</summary>
    public TokenSource? Token { get; init; }

    /// <summary>Name that the server's certificate must carry, when it is not the host of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Accept any server certificate. For tests only: anyone between can read and change everything.</summary>
    public bool InsecureSkipTlsVerify { get; init; }

    /// <summary>The base address of requests: the server's, with the host replaced by <see cref="TlsServerName"/>.</summary>
    internal Uri RequestBase => TlsServerName is null ? Server : new UriBuilder(Server) { Host = TlsServerName }.Uri;

    /// <summary>Makes the handler that connects and authenticates by certificate. Tokens are added a request.</summary>
    internal SocketsHttpHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.None,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            // A watch that says nothing for long looks like a dead link: HTTP/2 pings tell them apart within 45 seconds.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            EnableMultipleHttp2Connections = true,
            SslOptions = CreateSslOptions(),
        };
        if (TlsServerName is not null)
        {
            // .NET takes the name for TLS from the request's host: requests carry that name, and this callback dials the real one.
            string host = Server.IdnHost;
            int port = Server.Port;
            handler.ConnectCallback = async (_, cancellation) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(host, port, cancellation);
                    return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }
        return handler;
    }

    [SuppressMessage("Security", "CA5359", Justification = "Only when insecure-skip-tls-verify asks for it, as its name says.")]
    private SslClientAuthenticationOptions CreateSslOptions()
    {
        var options = new SslClientAuthenticationOptions();
        if (ClientCertificate is not null)
            options.ClientCertificateContext = SslStreamCertificateContext.Create(ClientCertificate, additionalCertificates: null, offline: true);
        if (InsecureSkipTlsVerify)
        {
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        else if (Authorities is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(Authorities);
            options.CertificateChainPolicy = policy;
        }
        return options;
    }
}
