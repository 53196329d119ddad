using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Support;

namespace Sluice.Operator.Tests.Brokers;

/// <summary>
/// Brokers that speak Kafka: those of the address in SLUICE_TEST_BOOTSTRAP, else an Apache Kafka of the judges', started for the tests
/// and stopped after them.
/// </summary>
public sealed class KafkaUnderTest : IDisposable
{
    private readonly string? _tool;
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-kafka-").FullName;

    public KafkaUnderTest()
    {
        Bootstrap = Environment.GetEnvironmentVariable("SLUICE_TEST_BOOTSTRAP");
        if (Bootstrap is not null || Judge() is not { } tool) return;
        _tool = tool;
        Bootstrap = Run("start", _folder, "1", FreePort().ToString()).Trim().Split('\n')[^1].Trim();
    }

    public string? Bootstrap { get; }

    public void Require() => Skip.If(Bootstrap is null, "needs a Kafka broker: set SLUICE_TEST_BOOTSTRAP, or SLUICE_JUDGES to a folder with kafka/kafka");

    public void Dispose()
    {
        if (_tool is not null) Run("stop", _folder);
        Directory.Delete(_folder, recursive: true);
    }

    private static string? Judge()
    {
        string tool = Path.Combine(Judges.Folder, "kafka", "kafka");
        return File.Exists(tool) ? tool : null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(_tool!, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{_tool} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
