using System.Diagnostics;

namespace Sluice.Local.Tests.Conformance;

/// <summary>How commands reach a server.</summary>
/// <param name="KubeConfig">The kubeconfig that kubectl finds.</param>
/// <param name="Prefix">A program, with arguments, that runs the rest of its arguments in the network of the server; empty: none is needed.</param>
public sealed record ServerAccess(string KubeConfig, IReadOnlyList<string> Prefix)
{
    /// <summary>A command that finds kubectl and the server, in a home of its own.</summary>
    public ProcessStartInfo Bash(string command, string home)
    {
        string[] words = [.. Prefix, "bash", "-c", $"cd {home}; export HOME={home}; exec 2>&1; {command}"];
        var start = new ProcessStartInfo(words[0], words[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["KUBECONFIG"] = KubeConfig;
        start.Environment["PATH"] = $"{Judges.Kubectl}:{Environment.GetEnvironmentVariable("PATH")}";
        return start;
    }
}

/// <summary>
/// Runs transcripts on one server, some of those that come next beside the one that is asked for: most of their time is waiting.
/// Each has a namespace of its own, so they don't meet.
/// </summary>
public sealed class TranscriptRuns
{
    private const int AtOnce = 4;

    private readonly Dictionary<string, Task<string>> _runs = new(StringComparer.Ordinal);

    /// <summary>What the commands of a transcript say on this server, written as a transcript.</summary>
    public Task<string> RunAsync(TranscriptFolder folder, string name, ServerAccess access)
    {
        lock (_runs)
        {
            foreach (var next in folder.All.SkipWhile(other => other != name).Take(AtOnce))
            {
                if (!_runs.ContainsKey(next))
                    _runs[next] = Task.Run(async () => (await Transcript.Parse(folder.Read(next)).RunAsync(access)).ToString());
            }

            return _runs[name];
        }
    }

    /// <summary>Waits for those that nobody asked for; what became of them does not matter.</summary>
    public Task FinishAsync()
    {
        lock (_runs)
            return Task.WhenAll(_runs.Values).ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
