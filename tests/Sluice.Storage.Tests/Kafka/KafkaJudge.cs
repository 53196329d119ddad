using System.Diagnostics;
using System.Runtime.CompilerServices;
using Support;

namespace Sluice.Storage.Tests.Kafka;

/// <summary>Apache Kafka's own server and tools, where they are at hand.</summary>
internal static class KafkaJudge
{
    public static string SourceFolder { get; } = Path.GetDirectoryName(Here())!;

    public static void SkipWithout() => Judges.Kafka();

    public static string Run(params string[] arguments) => Execute(Judges.Kafka(), arguments);

    /// <summary>Runs a Java source file with Kafka's classes.</summary>
    public static string RunJava(string source, params string[] arguments) => Execute("java",
        ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", $"{Judges.Folder}/kafka/config:{Judges.Folder}/kafka/lib/*", source, .. arguments]);

    private static string Execute(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        // A server that the script leaves behind inherits none of these pipes, so both end with the script.
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} failed:\n{output}\n{errors.Result}");
        return output + errors.Result;
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
