namespace Benchmarks;

/// <summary>What is where, and what the machine is.</summary>
internal static class Machine
{
    /// <summary>The checkout that the benchmarks were built in.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>The script that runs Apache Kafka; null where it or java is absent.</summary>
    internal static string? Kafka
    {
        get
        {
            string folder = Environment.GetEnvironmentVariable("SLUICE_JUDGES") is { Length: > 0 } given ? given : Path.Combine(Path.GetDirectoryName(Root)!, "shared", "tools");
            string script = Path.Combine(folder, "kafka", "kafka");
            bool hasJava = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(path => File.Exists(Path.Combine(path, "java")));
            return File.Exists(script) && hasJava ? script : null;
        }
    }

    /// <summary>The broker as it is shipped; the one of the last plain build where that is all there is.</summary>
    internal static string Sluice
    {
        get
        {
            string published = Path.Combine(Root, "artifacts/broker/sluice-broker");
            return File.Exists(published) ? published : Path.Combine(Root, "broker/Sluice.Broker/bin/Release/net10.0/sluice-broker");
        }
    }

    internal static string Describe()
    {
        string? model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        string memory = File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return $"{Environment.ProcessorCount} processors ({model ?? "unknown"}), {long.Parse(memory, System.Globalization.CultureInfo.InvariantCulture) / 1024 / 1024} GiB of memory, " +
            $"Linux {Environment.OSVersion.Version}, .NET {Environment.Version}, congestion control {NetworkNamespace.CongestionControl}";
    }

    private static string FindRoot()
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Platform.sln"))) return directory;
        }
        throw new InvalidOperationException("the benchmarks run inside the repository");
    }
}
