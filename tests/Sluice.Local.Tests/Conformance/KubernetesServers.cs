using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sluice.Local.NodeAgent;

namespace Sluice.Local.Tests.Conformance;

/// <summary>Where the real Kubernetes and its kubectl are, if they are.</summary>
public static class Judges
{
    private static readonly Lazy<string?> KubectlFolder = new(FindKubectl);

    /// <summary>The script that starts a real Kubernetes; null when it is not here.</summary>
    public static string? Kube { get; } = FindKube();

    /// <summary>The folder of a kubectl of the version that the transcripts were made with; null when there is none.</summary>
    public static string? Kubectl => KubectlFolder.Value;

    public static (int Code, string Output) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Length > 0 ? output : errors.Result);
    }

    private static string? FindKube()
    {
        var root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "Platform.sln")))
            root = Path.GetDirectoryName(root);
        var judges = Environment.GetEnvironmentVariable("SLUICE_JUDGES") ?? Path.Combine(root ?? "/", "..", "shared", "tools");
        var kube = Path.Combine(judges, "kube", "kube");
        return File.Exists(kube) ? kube : null;
    }

    private static string? FindKubectl()
    {
        if (Kube is not null && Run(Kube, "unpack") is (0, var folder))
            return folder.Trim();
        foreach (var directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
        {
            var program = Path.Combine(directory, "kubectl");
            if (File.Exists(program) && Run(program, "version", "--client").Output.Contains("v1.36", StringComparison.Ordinal))
                return directory;
        }

        return null;
    }
}

/// <summary>
/// A real Kubernetes, started once for all tests that need it; or the server of the kubeconfig that SLUICE_CONFORMANCE_KUBECONFIG
/// names.
/// </summary>
public sealed class RealServer : IAsyncLifetime
{
    private const int PortFirst = 31420;
    private const int PortLast = 31480;
    private const int PortsNeeded = 5;

    private DirectoryInfo? _directory;

    public ServerAccess? Access { get; private set; }

    public TranscriptRuns Runs { get; } = new();

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("SLUICE_CONFORMANCE_KUBECONFIG") is { } given)
            Access = new ServerAccess(given, []);
        if (Access is not null || Judges.Kube is null)
            return;
        _directory = Directory.CreateTempSubdirectory("sluice-kube-");
        var port = Enumerable.Range(0, (PortLast - PortFirst) / PortsNeeded).Select(i => PortFirst + (i * PortsNeeded)).First(AreFree);
        var (code, output) = await Task.Run(() => Judges.Run(Judges.Kube, "start", _directory.FullName, port.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        if (code != 0)
            throw new InvalidOperationException("the real Kubernetes did not start: " + output);
        Access = new ServerAccess(output.Trim(), []);
    }

    public async Task DisposeAsync()
    {
        await Runs.FinishAsync();
        if (_directory is null)
            return;
        await Task.Run(() => Judges.Run(Judges.Kube!, "stop", _directory.FullName));
        _directory.Delete(recursive: true);
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
            Must("start", data, "--nodes", "1", Port);
            Must("image", data, MakeImage());
        });
        Access = new ServerAccess(Path.Combine(data, "admin.kubeconfig"), [Judges.Kube, "exec", data]);
    }

    public async Task DisposeAsync()
    {
        await Runs.FinishAsync();
        if (Access is not null)
            await Task.Run(() => Judges.Run(Judges.Kube!, "stop", Path.Combine(_directory.FullName, "kube")));
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
        var (code, output) = Judges.Run("bash", "-c", $"{Path.Combine(Path.GetDirectoryName(Judges.Kube)!, "make-image")} busybox {root} /bin/sh > {image}");
        return code == 0 ? image : throw new InvalidOperationException("the image was not made: " + output);
    }

    private static void Must(params string[] arguments)
    {
        var (code, output) = Judges.Run(Judges.Kube!, arguments);
        if (code != 0)
            throw new InvalidOperationException($"kube {string.Join(' ', arguments)} ended with {code}: {output}");
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
