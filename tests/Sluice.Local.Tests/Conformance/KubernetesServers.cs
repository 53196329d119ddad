using System.Net;
using System.Net.Sockets;
using Sluice.Local.NodeAgent;
using Support;

namespace Sluice.Local.Tests.Conformance;

/// <summary>The kubectl that transcripts are made with.</summary>
internal static class Kubectl
{
    private static readonly Lazy<string?> Found = new(Find);

    /// <summary>The folder of one of the version that the transcripts were made with; null when there is none.</summary>
    public static string? Folder => Found.Value;

    private static string? Find()
    {
        if (Judges.Kube is { } kube && Shell.Run(kube, "unpack") is { ExitCode: 0 } unpacked)
            return unpacked.Output.Trim();
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').FirstOrDefault(directory =>
        {
            var program = Path.Combine(directory, "kubectl");
            return File.Exists(program) && Shell.Run(program, "version", "--client").Output.Contains("v1.36", StringComparison.Ordinal);
        });
    }
}

/// <summary>
/// A real Kubernetes, started once for all tests, when the first needs it; or the server of the kubeconfig that SLUICE_CONFORMANCE_KUBECONFIG
/// names.
/// </summary>
public sealed class RealServer : IAsyncLifetime
{
    private const int PortFirst = 31420;
    private const int PortLast = 31480;
    private const int PortsNeeded = 5;

    private readonly Lazy<Task<ServerAccess?>> _access;
    private DirectoryInfo? _directory;

    public RealServer() => _access = new(StartAsync);

    public TranscriptRuns Runs { get; } = new();

    /// <summary>The server, which the first call starts; null where there is none.</summary>
    public Task<ServerAccess?> AccessAsync() => _access.Value;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Runs.FinishAsync();
        if (_directory is null)
            return;
        await Task.Run(() => Shell.Run(Judges.Kube!, "stop", _directory.FullName));
        _directory.Delete(recursive: true);
    }

    private async Task<ServerAccess?> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("SLUICE_CONFORMANCE_KUBECONFIG") is { } given)
            return new ServerAccess(given, []);
        if (Judges.Kube is null)
            return null;
        _directory = Directory.CreateTempSubdirectory("sluice-kube-");
        var port = Enumerable.Range(0, (PortLast - PortFirst) / PortsNeeded).Select(i => PortFirst + (i * PortsNeeded)).First(AreFree);
        var started = await Task.Run(() => Shell.Run(Judges.Kube, "start", _directory.FullName, port.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return new ServerAccess(started.Succeeded().Trim(), []);
    }

    private static bool AreFree(int first) => Enumerable.Range(first, PortsNeeded).All(IsFree);

    private static bool IsFree(int port)
    {
        try
        {
            using var socket = new TcpListener(IPAddress.Loopback, port);
            socket.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>
/// A real Kubernetes with a node, for SLUICE_TEST_NODES=1 as root. The one image of it is busybox, under that name.
/// </summary>
public sealed class RealNode : IAsyncLifetime
{
    private const string Port = "28443";
    private const string BusyBox = "/bin/busybox";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sluice-kube-");

    public ServerAccess? Access { get; private set; }

    public TranscriptRuns Runs { get; } = new();

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("SLUICE_TEST_NODES") != "1" || Judges.Kube is null || Environment.UserName != "root" || !File.Exists(BusyBox))
            return;
        var data = Path.Combine(_directory.FullName, "kube");
        await Task.Run(() =>
        {
            Shell.Run(Judges.Kube, "start", data, "--nodes", "1", Port).Succeeded();
            Shell.Run(Judges.Kube, "image", data, MakeImage()).Succeeded();
        });
        Access = new ServerAccess(Path.Combine(data, "admin.kubeconfig"), [Judges.Kube, "exec", data]);
    }

    public async Task DisposeAsync()
    {
        await Runs.FinishAsync();
        if (Access is not null)
            await Task.Run(() => Shell.Run(Judges.Kube!, "stop", Path.Combine(_directory.FullName, "kube")));
        _directory.Delete(recursive: true);
    }

    /// <summary>An image of busybox with the few commands that the transcripts use.</summary>
    private string MakeImage()
    {
        var root = Path.Combine(_directory.FullName, "root");
        var programs = Directory.CreateDirectory(Path.Combine(root, "bin")).FullName;
        File.Copy(BusyBox, Path.Combine(programs, "busybox"));
        foreach (var command in new[] { "sh", "sleep", "true", "touch" })
            File.CreateSymbolicLink(Path.Combine(programs, command), "busybox");
        var image = Path.Combine(_directory.FullName, "busybox.tar");
        Shell.Bash("$1 busybox $2 /bin/sh > $3", Path.Combine(Path.GetDirectoryName(Judges.Kube)!, "make-image"), root, image).Succeeded();
        return image;
    }
}

/// <summary>An embedded control plane; its folder goes with it.</summary>
public abstract class EmbeddedCluster(bool hasNode) : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sluice-api-");
    private LocalCluster? _cluster;

    public ServerAccess Access => new(_cluster!.KubeConfigPath, []);

    public TranscriptRuns Runs { get; } = new();

    public async Task InitializeAsync()
    {
        var images = new ImageTable().Add("busybox", new([], []));
        _cluster = await LocalCluster.StartAsync(new LocalClusterOptions { DataDirectory = _directory.FullName, Images = images, HasNode = hasNode });
    }

    public async Task DisposeAsync()
    {
        await Runs.FinishAsync();
        if (_cluster is not null)
            await _cluster.StopAsync(stopPods: true);
        await LocalNodeAgent.StopLeftoverPodsAsync(_directory.FullName, TimeSpan.Zero);
        _directory.Delete(recursive: true);
    }
}

/// <summary>Without a node, as the real one is without nodes.</summary>
public sealed class EmbeddedServer() : EmbeddedCluster(hasNode: false);

/// <summary>With this machine as its node, on which the image busybox stands for the machine's own programs.</summary>
public sealed class EmbeddedNode() : EmbeddedCluster(hasNode: true);
