using Sluice.Local.Api;

namespace Sluice.Local.Tests.Api;

/// <summary>An API server without controllers, in a folder that goes with it.</summary>
public sealed class BareApiServer : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;

    private BareApiServer(DirectoryInfo directory, ApiServer server)
    {
        _directory = directory;
        Server = server;
    }

    public ApiServer Server { get; }

    public static async Task<BareApiServer> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("sluice-api-");
        return new BareApiServer(directory, await ApiServer.StartAsync(new ApiServerOptions { DataDirectory = directory.FullName }));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
