namespace Sluice.Local.Tests.Conformance;

/// <summary>
/// Runs transcripts on one server, some of those that come next beside the one that is asked for: most of their time is waiting.
/// Each has a namespace of its own, so they don't meet.
/// </summary>
public sealed class TranscriptRuns
{
    private const int AtOnce = 4;

    private readonly Dictionary<string, Task<string>> _runs = new(StringComparer.Ordinal);

    /// <summary>What the commands of a transcript say on this server, written as a transcript.</summary>
    public Task<string> RunAsync(string name, string kubeConfig, string kubectlDirectory)
    {
        lock (_runs)
        {
            foreach (var next in Transcripts.All.SkipWhile(other => other != name).Take(AtOnce))
            {
                if (!_runs.ContainsKey(next))
                    _runs[next] = Task.Run(async () => (await Transcript.Parse(Transcripts.Read(next)).RunAsync(kubeConfig, kubectlDirectory)).ToString());
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
