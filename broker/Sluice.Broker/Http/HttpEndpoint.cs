using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Broker.Http;

/// <summary>
/// The HTTP endpoint for /metrics, /healthz and /readyz: Kestrel alone, without the host, routing and configuration around it, which
/// would cost tens of milliseconds and megabytes at every start.
/// </summary>
internal sealed class HttpEndpoint : IAsyncDisposable
{
    private readonly KestrelServer _server;

    private HttpEndpoint(KestrelServer server, string address)
    {
        _server = server;
        Address = address;
    }

    /// <summary>HOST:PORT where it listens, with the port that the system chose.</summary>
    internal string Address { get; }

    /// <summary>Opens the endpoint.</summary>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    internal static async Task<HttpEndpoint> StartAsync(IPEndPoint listen, IReadOnlyDictionary<string, Func<HttpContext, Task>> pages, ILoggerFactory logs)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = 256;
        options.Limits.MaxRequestBodySize = 0;
        options.Listen(listen, endpoint => endpoint.Protocols = HttpProtocols.Http1);
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), logs);
        var server = new KestrelServer(Options.Create(options), transport, logs);
        try
        {
            await server.StartAsync(new Pages(pages), CancellationToken.None);
        }
        catch
        {
            server.Dispose();
            throw;
        }
        string address = server.Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new HttpEndpoint(server, address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..]);
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        await _server.StopAsync(soon.Token);
        _server.Dispose();
    }

    private sealed class Pages(IReadOnlyDictionary<string, Func<HttpContext, Task>> pages) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context)
        {
            if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            {
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                context.Response.Headers.Allow = "GET, HEAD";
                return Task.CompletedTask;
            }
            if (pages.TryGetValue(context.Request.Path.Value ?? "", out Func<HttpContext, Task>? page)) return page(context);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync($"Nothing is here. Pages: {string.Join(", ", pages.Keys.Order(StringComparer.Ordinal))}\n");
        }

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }
}
