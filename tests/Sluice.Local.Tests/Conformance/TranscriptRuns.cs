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
        start.Environment["PATH"] = $"{Kubectl.Folder}:{Environment.GetEnvironmentVariable("PATH")}";
        return start;
    }
}

/// <summary>
/// Runs transcripts on one server, those that come next beside the one that is asked for: most of their time is waiting.
/// Each has a namespace of its own, so they don't meet.
/// </summary>
public sealed class TranscriptRuns
{
    private const int AtOnce = 4;

    private readonly Dictionary<string, Task<string>> _runs = new(StringComparer.Ordinal);
    private int _running;
    private bool _finishing;

    /// <summary>What the commands of a transcript say on this server, written as a transcript.</summary>
    public Task<string> RunAsync(TranscriptFolder folder, string name, ServerAccess access)
    {
        lock (_runs)
        {
            if (!_runs.ContainsKey(name))
                Start(folder, name, access);
            StartNext(folder, name, access);
            return _runs[name];
        }
    }

    /// <summary>Waits for those that nobody asked for; what became of them does not matter.</summary>
    public Task FinishAsync()
    {
        lock (_runs)
        {
            _finishing = true;
            return Task.WhenAll(_runs.Values).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private void StartNext(TranscriptFolder folder, string after, ServerAccess access)
    {
        foreach (var next in folder.All.SkipWhile(other => other != after).Where(other => !_runs.ContainsKey(other)))
        {
            if (_running >= AtOnce || _finishing)
                return;
            Start(folder, next, access);
        }
    }

    private void Start(TranscriptFolder folder, string name, ServerAccess access)
    {
        _running++;
        var run = Task.Run(async () => (await Transcript.Parse(folder.Read(name)).RunAsync(access)).ToString());
        _runs[name] = run;
        // Whoever ends makes room for the next, whether that is asked for yet or not.
        _ = run.ContinueWith(
            _ =>
            {
                lock (_runs)
                {
                    _running--;
                    StartNext(folder, name, access);
                }
            },
            TaskScheduler.Default);
    }
}
