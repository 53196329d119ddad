using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sluice.Local.ApiServer.CustomResources;
using Sluice.Local.ApiServer.Housekeeping;
using Sluice.Local.ApiServer.Http;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Security;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer;

/// <summary>
/// A Kubernetes-compatible API over HTTPS, with the objects in a folder. It runs no pods and no workload controllers by itself;
/// those are clients of it. There is one user, the administrator of the kubeconfig, who may do everything.
/// </summary>
public sealed class LocalApiServer : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ResourceStore _store;
    private readonly Housekeepers _keepers;
    private readonly CancellationTokenSource _stopping;
    private int _stopped;

    private LocalApiServer(WebApplication web, ResourceStore store, Housekeepers keepers, CancellationTokenSource stopping, Uri address, string kubeConfigPath, string token)
    {
        _web = web;
        _store = store;
        _keepers = keepers;
        _stopping = stopping;
        Address = address;
        KubeConfigPath = kubeConfigPath;
        Token = token;
    }

    /// <summary>Where the API is served, for instance https://127.0.0.1:6443.</summary>
    public Uri Address { get; }

    /// <summary>A kubeconfig file of the administrator, readable by the owner only.</summary>
    public string KubeConfigPath { get; }

    /// <summary>The administrator's bearer token, an alternative to the client certificate of the kubeconfig.</summary>
    public string Token { get; }

    /// <summary>Starts a server; when the task ends it answers requests and the kubeconfig is written.</summary>
    /// <param name="options">Where it keeps its data and listens.</param>
    /// <param name="cancellation">Gives up the start.</param>
    /// <exception cref="InvalidDataException">The stored objects are damaged; the message names the file and the place.</exception>
    /// <exception cref="IOException">The folder is in use by another server, or the port is taken.</exception>
    public static async Task<LocalApiServer> StartAsync(ApiServerOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var directory = Path.GetFullPath(options.DataDirectory);
        Directory.CreateDirectory(directory);
        var logger = options.LoggerFactory.CreateLogger("Sluice.Local.ApiServer");
        var store = ResourceStore.Open(Path.Combine(directory, "store"));
        var stopping = new CancellationTokenSource();
        try
        {
            if (store.TornBytes > 0)
                ApiLog.TornJournal(logger, store.TornBytes);
            var pki = Pki.LoadOrCreate(Path.Combine(directory, "pki"), options.Address, options.TimeProvider.GetUtcNow());
            var core = new ApiCore(store, options.TimeProvider);
            new CustomResourceRegistry(core).Start();
            var writer = new ObjectWriter(core, new Admission(core));
            await Bootstrap.RunAsync(core, writer);
            var deleter = new ObjectDeleter(core);
            var keepers = new Housekeepers(core, writer, deleter, pki.Authority.ExportCertificatePem() + "\n", logger);
            keepers.Start();
            var handler = Compose(core, writer, deleter, options.PodLogs, pki, logger, stopping.Token);
            var web = Build(options, pki, handler);
            await web.StartAsync(cancellation);
            var address = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
            var kubeConfig = Path.Combine(directory, "admin.kubeconfig");
            KubeConfigFile.Write(kubeConfig, address, pki);
            ApiLog.Listening(logger, address.ToString(), directory);
            return new LocalApiServer(web, store, keepers, stopping, address, kubeConfig, pki.Token);
        }
        catch
        {
            store.Dispose();
            stopping.Dispose();
            throw;
        }
    }

    /// <summary>Ends watches, lets other requests finish, and closes the store. All that was answered is on disk anyway.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
            return;
        await _stopping.CancelAsync();
        await _web.StopAsync();
        await _web.DisposeAsync();
        await _keepers.DisposeAsync();
        _store.Dispose();
        _stopping.Dispose();
    }

    private static ApiHandler Compose(ApiCore core, ObjectWriter writer, ObjectDeleter deleter, IPodLogs? logs, Pki pki, ILogger logger, CancellationToken stopping)
    {
        var reader = new ObjectReader(core);
        var reads = new ReadHandlers(core, reader);
        var resources = new ResourceHandler(
            reads, new WriteHandlers(core, reader, writer, deleter, reads), new PatchHandler(writer, new ObjectApplier(core, writer), reads), new WatchHandler(core, stopping),
            new SubresourceHandlers(core, reader, writer, reads, logs));
        return new ApiHandler(core, new Authenticator(pki.Token), resources, logger);
    }

    private static WebApplication Build(ApiServerOptions options, Pki pki, ApiHandler handler)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(options.LoggerFactory);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // bounded by the handler, with the API's own error
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000; // a client holds many watches on one connection
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(options.Address, options.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(new HttpsConnectionAdapterOptions
                {
                    ServerCertificate = pki.Server,
                    SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                    ClientCertificateValidation = (certificate, _, _) => pki.Trusts(certificate),
                });
            });
        });
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        var web = builder.Build();
        web.Run((RequestDelegate)handler.HandleAsync);
        return web;
    }
}
