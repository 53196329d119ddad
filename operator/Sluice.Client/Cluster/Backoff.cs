namespace Sluice.Client.Cluster;

/// <summary>Waits that double from attempt to attempt up to a limit, each off by up to a fifth so that clients do not march in step (KIP-580).</summary>
internal readonly record struct Backoff(TimeSpan First, TimeSpan Longest)
{
    private const double Jitter = 0.2;

    public static Backoff Of(ClientOptions options) => new(options.RetryBackoff, options.RetryBackoffMax);

    /// <summary>The wait after so many failures in a row, at least one.</summary>
    public TimeSpan After(int failures)
    {
        double wait = First.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 30));
        double off = 1 + (((2 * Random.Shared.NextDouble()) - 1) * Jitter);
        return TimeSpan.FromMilliseconds(Math.Min(wait, Longest.TotalMilliseconds) * off);
    }
}
