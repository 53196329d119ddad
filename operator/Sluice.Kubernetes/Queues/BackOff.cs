namespace Sluice.Kubernetes.Queues;

/// <summary>Waits that double with every failure of a key: 5 ms, 10 ms, … up to 1000 s, as controller-runtime's.</summary>
/// <typeparam name="TKey">What is retried.</typeparam>
internal sealed class BackOff<TKey>
    where TKey : notnull
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1000);
    private readonly Dictionary<TKey, int> _failures = [];

    /// <summary>Counts a failure and gives the wait before the next try.</summary>
    public TimeSpan Next(TKey key)
    {
        int failures = _failures.GetValueOrDefault(key);
        _failures[key] = failures + 1;
        TimeSpan wait = First * Math.Pow(2, Math.Min(failures, 30));
        return wait < Longest ? wait : Longest;
    }

    /// <summary>Failures since the last success.</summary>
    public int Failures(TKey key) => _failures.GetValueOrDefault(key);

    /// <summary>Forgets the failures of a key.</summary>
    public void Forget(TKey key) => _failures.Remove(key);
}
