using k8s.Models;

namespace Sluice.Kubernetes.Events;

/// <summary>
/// Decides whether an event is new, a repetition of one within the last ten minutes, or too much: an object has 25 events at once and
/// one more every five minutes.
/// </summary>
internal sealed class EventCorrelator(TimeProvider time)
{
    private const int KnownMax = 4096;
    private const double BurstMax = 25;
    private static readonly TimeSpan Together = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Refill = TimeSpan.FromMinutes(5);
    private readonly Dictionary<string, Known> _known = [];
    private readonly Dictionary<string, Bucket> _buckets = [];

    /// <summary>What is to be done with an event.</summary>
    public readonly record struct Verdict(bool IsSpam, Eventsv1Event? Existing, int Count);

    public Verdict Judge(string key, string uid)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (!Take(uid, now)) return new Verdict(true, null, 0);
        if (!_known.TryGetValue(key, out Known? known) || now - known.LastAt > Together) return new Verdict(false, null, 1);
        known.LastAt = now;
        known.Count++;
        return new Verdict(false, known.Event, known.Count);
    }

    public void Remember(string key, Eventsv1Event written)
    {
        if (_known.Count >= KnownMax) Prune();
        int count = written.Series?.Count ?? 1;
        _known[key] = new Known { Event = written, Count = count, LastAt = time.GetUtcNow() };
    }

    private bool Take(string uid, DateTimeOffset now)
    {
        if (_buckets.Count >= KnownMax) Prune();
        if (!_buckets.TryGetValue(uid, out Bucket? bucket)) _buckets[uid] = bucket = new Bucket { Tokens = BurstMax, At = now };
        bucket.Tokens = Math.Min(BurstMax, bucket.Tokens + (now - bucket.At) / Refill);
        bucket.At = now;
        if (bucket.Tokens < 1) return false;
        bucket.Tokens--;
        return true;
    }

    /// <summary>Keeps memory bounded: drops what is old, and all when nothing is.</summary>
    private void Prune()
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach (string key in _known.Where(pair => now - pair.Value.LastAt > Together).Select(pair => pair.Key).ToList()) _known.Remove(key);
        foreach (string uid in _buckets.Where(pair => (now - pair.Value.At) / Refill + pair.Value.Tokens >= BurstMax).Select(pair => pair.Key).ToList()) _buckets.Remove(uid);
        if (_known.Count >= KnownMax) _known.Clear();
        if (_buckets.Count >= KnownMax) _buckets.Clear();
    }

    private sealed class Known
    {
        public required Eventsv1Event Event { get; init; }

        public int Count { get; set; }

        public DateTimeOffset LastAt { get; set; }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }

        public DateTimeOffset At { get; set; }
    }
}
