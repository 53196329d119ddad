using System.Text.Json;
using Support;

namespace Benchmarks.Tests;

/// <summary>Runs the driver for a moment against a real broker: the figures must make sense, however slow the machine is.</summary>
public sealed class QuickRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-bench-test-").FullName;

    [Fact]
    public void Producing_is_measured()
    {
        JsonElement[] results = Run("produce", "--only", "1 KB batched");
        double records = Median(results, "1 KB batched", "sluice", "records/s");
        Assert.True(records > 0);
        Assert.True(Median(results, "1 KB batched", "driver", "records/s") > 0);
        // 15 records of 1 KB are a batch of 16 KB.
        Assert.InRange(Median(results, "1 KB batched", "sluice", "MB/s") / records * 1e6, 1024, 1124);
        Assert.InRange(Median(results, "1 KB batched", "sluice", "records a CPU second"), records / Environment.ProcessorCount / 2, double.MaxValue);
        Assert.InRange(Median(results, "1 KB batched", "sluice", "p50 ms"), 0.001, Median(results, "1 KB batched", "sluice", "p99 ms"));
        Assert.True(Median(results, "1 KB batched lz4", "sluice", "records/s") > 0);
    }

    [Fact]
    public void Fetching_is_measured_beside_the_bare_loop()
    {
        JsonElement[] results = Run("fetch");
        foreach (string system in new[] { "raw sendfile", "sluice" })
        {
            Assert.True(Median(results, "1 MiB", system, "MB/s") > 0);
            Assert.True(Median(results, "1 MiB", system, "CPU ms a GB") > 0);
        }
    }

    [Fact]
    public void Latency_is_measured_from_end_to_end()
    {
        JsonElement[] results = Run("latency");
        string variant = Array.Find(results, r => r.GetProperty("variant").GetString()!.EndsWith("requests/s", StringComparison.Ordinal)).GetProperty("variant").GetString()!;
        Assert.InRange(Median(results, variant, "sluice", "p50 ms"), 0.001, Median(results, variant, "sluice", "p99.99 ms"));
    }

    [Theory]
    [InlineData("--systems", "ibm")]
    [InlineData("--rounds", "none")]
    [InlineData("--speed", "1")]
    public void What_is_not_known_is_refused(string option, string value)
    {
        Finished finished = Shell.Run(Program, "produce", option, value);
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(value == "none" || option == "--systems" ? value : option, finished.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Program { get; } = Path.Combine(Judges.Repository, "tests", "Benchmarks", "bin", "Release", "net10.0", "Benchmarks");

    private JsonElement[] Run(params string[] arguments)
    {
        string broker = Path.Combine(Judges.Repository, "broker", "Sluice.Broker", "bin", "Release", "net10.0", "sluice-broker");
        Shell.Run(Program, [.. arguments, "--quick", "--systems", $"sluice={broker}", "--out", _folder, "--work", _folder]).Succeeded();
        Assert.Contains("</svg>", File.ReadAllText(Path.Combine(_folder, "bench.svg")), StringComparison.Ordinal);
        Assert.Contains(arguments[0], File.ReadAllText(Path.Combine(_folder, "bench.md")), StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "bench.json")));
        return [.. document.RootElement.GetProperty("results").EnumerateArray().Select(result => result.Clone())];
    }

    private static double Median(JsonElement[] results, string variant, string system, string metric)
    {
        JsonElement found = Array.Find(results, r =>
            r.GetProperty("variant").GetString() == variant && r.GetProperty("system").GetString() == system && r.GetProperty("metric").GetString() == metric);
        Assert.True(found.ValueKind == JsonValueKind.Object, $"{variant} of {system} has no {metric}");
        return found.GetProperty("median").GetDouble();
    }
}
