namespace Sluice.Local.ApiServer.Tests;

/// <summary>An API server without controllers, in a folder that goes with it.</summary>
public sealed class BareApiServer : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;

    private BareApiServer(DirectoryInfo directory, LocalApiServer server)
    {
        _directory = directory;
        Server = server;
    }

    public LocalApiServer Server { get; }

    public static async Task<BareApiServer> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("sluice-api-");
        return new BareApiServer(directory, await LocalApiServer.StartAsync(new ApiServerOptions { DataDirectory = directory.FullName }));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
