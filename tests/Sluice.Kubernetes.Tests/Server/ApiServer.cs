using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sluice.Kubernetes;
using Sluice.Kubernetes.Models;

namespace Sluice.Testing;

/// <summary>
/// An API server for tests: the one of the kubeconfig that SLUICE_TEST_KUBECONFIG names, so that the same tests judge any server;
/// else a real Kubernetes, started from the judges' folder and stopped at the end. Tests skip where neither is.
/// </summary>
public sealed class ApiServer : IDisposable
{
    private readonly string? _folder;
    private readonly string? _tool;

    public ApiServer()
    {
        KubeConfigPath = Environment.GetEnvironmentVariable("SLUICE_TEST_KUBECONFIG");
        if (KubeConfigPath is null && Judge() is { } tool)
        {
            _tool = tool;
            _folder = Directory.CreateTempSubdirectory("sluice-kube-").FullName;
            KubeConfigPath = Start(tool, _folder);
        }
        if (KubeConfigPath is not null) Client = new KubernetesClient(KubeConfig.Load(KubeConfigPath));
    }

    public string? KubeConfigPath { get; }

    public bool IsPresent => Client is not null;

    /// <summary>Whether the server is Kubernetes itself, with all its controllers, and not the embedded one.</summary>
    public bool IsKubernetes => !Client.GetTextAsync("/version").GetAwaiter().GetResult().Contains("+sluice", StringComparison.Ordinal);

    public KubernetesClient Client { get; } = null!;

    /// <summary>Skips the test where there is no server.</summary>
    public void Require() => Skip.IfNot(IsPresent, "needs a Kubernetes API server: set SLUICE_TEST_KUBECONFIG, or SLUICE_JUDGES to a folder with kube/kube");

    /// <summary>A namespace of the test's own.</summary>
    public async Task<string> NewNamespaceAsync()
    {
        string name = "test-" + Guid.NewGuid().ToString("n")[..10];
        await Client.CreateAsync(new Namespace { Metadata = { Name = name } });
        return name;
    }

    public void Dispose()
    {
        Client?.Dispose();
        if (_tool is null) return;
        Run(_tool, "stop", _folder!);
        Directory.Delete(_folder!, recursive: true);
    }

    private static string? Judge()
    {
        string? judges = Environment.GetEnvironmentVariable("SLUICE_JUDGES");
        for (string? folder = AppContext.BaseDirectory; judges is null && folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Platform.sln"))) judges = Path.Combine(folder, "..", "shared", "tools");
        }
        string tool = Path.Combine(judges ?? "", "kube", "kube");
        return File.Exists(tool) ? Path.GetFullPath(tool) : null;
    }

    /// <summary>Another run may take the same ports between the look and the start, so a start that fails is tried again with others.</summary>
    private static string Start(string tool, string folder)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return Run(tool, "start", folder, FreePorts().ToString()).Trim();
            }
            catch (InvalidOperationException) when (attempt < 4)
            {
                Run(tool, "stop", folder);
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>The first of five free ports in a row.</summary>
    private static int FreePorts()
    {
        for (int port = 31300 + Random.Shared.Next(10) * 10; ; port = port >= 31390 ? 31300 : port + 10)
        {
            if (Enumerable.Range(port, 5).All(IsFree)) return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
