using System.Net;
using System.Security.Cryptography.X509Certificates;
using k8s;

namespace Sluice.Kubernetes.Client;

/// <summary>The connections of a client: how long they are waited for, and which server they trust.</summary>
internal static class Transport
{
    /// <summary>Makes a client of the Kubernetes library for an account.</summary>
    /// <param name="configuration">Server and account.</param>
    /// <param name="substitute">Takes the place of the network, in tests; its owner disposes of it.</param>
    public static k8s.Kubernetes Open(KubernetesClientConfiguration configuration, HttpMessageHandler? substitute)
    {
        SocketsHttpHandler? connections = null;
        configuration.FirstMessageHandlerSetup = handler => connections = handler;
        var client = new k8s.Kubernetes(configuration, substitute is null ? [] : [new Substitute(substitute)]);
        Configure(connections!, configuration);
        return client;
    }

    private static void Configure(SocketsHttpHandler connections, KubernetesClientConfiguration configuration)
    {
        connections.AutomaticDecompression = DecompressionMethods.None;
        connections.AllowAutoRedirect = false;
        connections.UseCookies = false;
        connections.UseProxy = false;
        connections.ConnectTimeout = TimeSpan.FromSeconds(10);
        connections.PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2);
        // A watch that says nothing for long looks like a dead link: HTTP/2 pings tell them apart within 45 seconds.
        connections.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        connections.KeepAlivePingTimeout = TimeSpan.FromSeconds(15);
        if (configuration.SkipTlsVerify || configuration.SslCaCerts is not { Count: > 0 } authorities) return;
        // The library's own check takes a certificate of another host when its authority is the right one, and one of the
        // system's authorities instead of the given ones. Ours takes neither.
        connections.SslOptions.RemoteCertificateValidationCallback = null;
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(authorities);
        connections.SslOptions.CertificateChainPolicy = policy;
    }

    /// <summary>Ends the chain of handlers with one that another owns.</summary>
    private sealed class Substitute(HttpMessageHandler handler) : DelegatingHandler
    {
        private readonly HttpMessageInvoker _invoker = new(handler, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _invoker.SendAsync(request, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing) _invoker.Dispose();
            base.Dispose(disposing);
        }
    }
}
