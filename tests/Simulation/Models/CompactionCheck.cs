using Simulation.Clients;
using Simulation.Runs;

namespace Simulation.Models;

/// <summary>
/// What compaction may have taken from a log: a record for which there is a later one of its key, and a tombstone once its time is over.
/// </summary>
internal sealed class CompactionCheck
{
    private readonly PartitionModel _partition;
    private readonly long _nowMs;
    private readonly Dictionary<int, long> _last = [];

    /// <param name="partition">What the clients know.</param>
    /// <param name="records">What is in the log now, by offset.</param>
    /// <param name="nowMs">The time.</param>
    public CompactionCheck(PartitionModel partition, IReadOnlyDictionary<long, long> records, long nowMs)
    {
        _partition = partition;
        _nowMs = nowMs;
        foreach ((long offset, long record) in records) Note(offset, record);
        // A tombstone that has gone by itself took the records of its key with it.
        foreach ((long offset, long record) in partition.NewestFirst)
        {
            // What a bit turned in a segment took along had taken older records of its keys before.
            if (offset >= partition.DamagedFrom || (Batches.IsTombstone(record) && IsTombstoneOver(record))) Note(offset, record);
        }
    }

    /// <summary>Whether compaction may have dropped a record.</summary>
    public bool MayBeGone(long offset, long record)
    {
        if (offset >= _partition.CompactableTo) return false;
        if (_nowMs - _partition.TimestampMs(record) < _partition.Topic.Settings.Least("min.compaction.lag.ms", _partition.UnseenSinceMs(record))) return false;
        return _last.GetValueOrDefault(Batches.KeyOf(record), -1) > offset || (Batches.IsTombstone(record) && IsTombstoneOver(record));
    }

    /// <summary>Below the cleaner's checkpoint each key is there once.</summary>
    public static void CheckCleaned(string partition, IReadOnlyDictionary<long, long> records, long cleanedUpTo)
    {
        var seen = new Dictionary<int, long>();
        foreach ((long offset, long record) in records)
        {
            if (offset >= cleanedUpTo) break;
            if (!seen.TryAdd(Batches.KeyOf(record), offset))
                throw new Violation($"{partition}: the cleaner's checkpoint is {cleanedUpTo}, but key {Batches.KeyOf(record)} is at {seen[Batches.KeyOf(record)]} and at {offset}");
        }
    }

    private bool IsTombstoneOver(long record) => _nowMs - _partition.SentAtMs(record) >= _partition.Topic.Settings.Least("delete.retention.ms", _partition.SentAtMs(record));

    private void Note(long offset, long record)
    {
        int key = Batches.KeyOf(record);
        _last[key] = Math.Max(offset, _last.GetValueOrDefault(key, -1));
    }
}
