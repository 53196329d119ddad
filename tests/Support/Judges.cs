using System.Runtime.CompilerServices;

namespace Support;

/// <summary>The real systems and tools that tests compare with. A test that needs one that is absent skips and names it.</summary>
internal static class Judges
{
    /// <summary>The checkout that this test was built from.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Folder with Apache Kafka, Kubernetes and client libraries: SLUICE_JUDGES, or <c>shared/tools</c> beside the checkout.</summary>
    public static string Folder { get; } =
        Environment.GetEnvironmentVariable("SLUICE_JUDGES") is { Length: > 0 } given ? given : Path.Combine(Path.GetDirectoryName(Repository)!, "shared", "tools");

    /// <summary>The script that runs Apache Kafka and its tools; skips the calling test where it or Java is absent.</summary>
    public static string Kafka()
    {
        Skip.IfNot(HasKafka, "Apache Kafka is not here (SLUICE_JUDGES)");
        Command("java");
        return KafkaScript;
    }

    /// <summary>Whether Apache Kafka is here.</summary>
    public static bool HasKafka => File.Exists(KafkaScript);

    /// <summary>The script that starts a real Kubernetes; null where it is absent.</summary>
    public static string? Kube { get; } = Existing(Path.Combine(Folder, "kube", "kube"));

    /// <summary>Path of a program; skips the calling test where it is absent.</summary>
    public static string Command(string name)
    {
        string? found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Skip.If(found is null, $"{name} is not installed");
        return found!;
    }

    private static string KafkaScript => Path.Combine(Folder, "kafka", "kafka");

    private static string? Existing(string path) => File.Exists(path) ? path : null;

    private static string FindRepository([CallerFilePath] string here = "")
    {
        DirectoryInfo? folder = new FileInfo(here).Directory;
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"no Platform.sln above {here}");
    }
}
