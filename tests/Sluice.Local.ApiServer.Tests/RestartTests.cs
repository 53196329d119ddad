using Sluice.Local.ApiServer.Security;

namespace Sluice.Local.ApiServer.Tests;

public sealed class RestartTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sluice-restart-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_kubeconfig_stays_good_over_restarts()
    {
        await using var first = await LocalApiServer.StartAsync(new ApiServerOptions { DataDirectory = _directory.FullName });
        var (port, token, text) = (first.Address.Port, first.Token, await File.ReadAllTextAsync(first.KubeConfigPath));
        await first.DisposeAsync();
        await using var second = await LocalApiServer.StartAsync(new ApiServerOptions { DataDirectory = _directory.FullName, Port = port });
        Assert.Equal(token, second.Token);
        Assert.Equal(text, await File.ReadAllTextAsync(second.KubeConfigPath));
    }

    [Fact]
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public async Task Secrets_on_disk_are_for_their_owner_only()
    {
        await using var server = await LocalApiServer.StartAsync(new ApiServerOptions { DataDirectory = _directory.FullName });
        foreach (var path in Directory.EnumerateFiles(Path.Combine(_directory.FullName, "pki")).Append(server.KubeConfigPath))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task Two_servers_cannot_use_one_folder()
    {
        await using var server = await LocalApiServer.StartAsync(new ApiServerOptions { DataDirectory = _directory.FullName });
        var error = await Assert.ThrowsAsync<IOException>(() => LocalApiServer.StartAsync(new ApiServerOptions { DataDirectory = _directory.FullName }));
        Assert.Contains(_directory.FullName, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificates_of_another_authority_are_not_trusted()
    {
        var now = DateTimeOffset.UtcNow;
        var ours = Pki.LoadOrCreate(Path.Combine(_directory.FullName, "a"), System.Net.IPAddress.Loopback, now);
        var theirs = Pki.LoadOrCreate(Path.Combine(_directory.FullName, "b"), System.Net.IPAddress.Loopback, now);
        Assert.True(ours.Trusts(ours.Client));
        Assert.False(ours.Trusts(theirs.Client));
        Assert.False(ours.Trusts(ours.Server));
    }

    [Fact]
    public void Certificates_are_made_anew_before_they_expire()
    {
        var now = DateTimeOffset.UtcNow;
        var before = Pki.LoadOrCreate(_directory.FullName, System.Net.IPAddress.Loopback, now);
        var same = Pki.LoadOrCreate(_directory.FullName, System.Net.IPAddress.Loopback, now.AddDays(100));
        var after = Pki.LoadOrCreate(_directory.FullName, System.Net.IPAddress.Loopback, now.AddDays(3640));
        Assert.Equal(before.Server.Thumbprint, same.Server.Thumbprint);
        Assert.NotEqual(before.Server.Thumbprint, after.Server.Thumbprint);
    }
}
