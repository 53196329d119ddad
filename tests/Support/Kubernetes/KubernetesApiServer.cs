using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Support.Kubernetes;

/// <summary>
/// A real Kubernetes without nodes, started from the judges' folder and stopped at the end; or the server of the kubeconfig that
/// SLUICE_TEST_KUBECONFIG names.
/// </summary>
public sealed class KubernetesApiServer : ApiServer
{
    private string? _folder;
    private string? _tool;

    protected override async Task<string?> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("SLUICE_TEST_KUBECONFIG") is { } given) return given;
        _tool = Judges.Kube;
        if (_tool is null) return null;
        _folder = Directory.CreateTempSubdirectory("sluice-kube-").FullName;
        return await Task.Run(() => Start(_tool, _folder));
    }

    protected override async Task StopAsync()
    {
        if (_tool is null || _folder is null) return;
        await Task.Run(() => Run(_tool, "stop", _folder));
        Directory.Delete(_folder, recursive: true);
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
