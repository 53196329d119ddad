using Simulation.Runs;

namespace Simulation.Models;

/// <summary>
/// What the clients know of one partition: which records they sent, which offsets they were told, what they read. The broker is right
/// when nothing that it says contradicts this.
/// </summary>
internal sealed class PartitionModel(string name, TopicModel topic)
{
    private readonly SortedDictionary<long, Entry> _entries = [];
    private readonly Dictionary<long, long> _offsetOfRecord = [];
    private long _deletionAsked;
    private long _deletionOpen;
    private long _deletedUpTo;
    private readonly Dictionary<long, Sending> _sent = [];

    /// <summary>For messages: topic and number.</summary>
    public string Name { get; } = name;

    /// <summary>The topic.</summary>
    public TopicModel Topic { get; } = topic;

    /// <summary>The least offset of a batch in which the simulator turned bits; what follows may be cut when the log is recovered.</summary>
    public long DamagedFrom { get; private set; } = long.MaxValue;

    /// <summary>The offsets of batches in which bits were turned.</summary>
    public HashSet<long> Damaged { get; } = [];

    /// <summary>Whether retention or a client may have deleted the oldest records.</summary>
    public bool MayTrim => DeletableTo > 0 || Topic.LeastRetentionMs != long.MaxValue;

    /// <summary>The highest first offset that was seen since the last restart.</summary>
    public long Start { get; private set; }

    /// <summary>How many times a loss of power took something from the end.</summary>
    public int Cuts { get; private set; }

    /// <summary>The offsets that are known to exist, with the records there.</summary>
    public IEnumerable<(long Offset, long Record, long TimestampMs)> Known => _entries.Select(e => (e.Key, e.Value.Record, _sent[e.Value.Record].TimestampMs));

    /// <summary>A client sends records; none, some or all of them may come to be in the log.</summary>
    /// <param name="records">The records.</param>
    /// <param name="timestampMs">Their timestamp.</param>
    /// <param name="nowMs">The time.</param>
    public void Sent(ReadOnlySpan<long> records, long timestampMs, long nowMs)
    {
        foreach (long record in records) _sent[record] = new Sending(timestampMs, nowMs);
    }

    /// <summary>A client asks for the deletion of the records before an offset; none or all of them may be gone from here on.</summary>
    public void DeletionAsked(long offset) => _deletionAsked = offset;

    /// <summary>The broker refused the deletion.</summary>
    public void DeletionRefused() => _deletionAsked = 0;

    /// <summary>The answer will not be heard: the deletion may have happened, or happen yet.</summary>
    public void DeletionOpen()
    {
        _deletionOpen = Math.Max(_deletionOpen, _deletionAsked);
        _deletionAsked = 0;
    }

    /// <summary>The broker said that the log begins at an offset from here on, for good.</summary>
    public void Deleted(long start)
    {
        _deletionAsked = 0;
        _deletedUpTo = Math.Max(_deletedUpTo, start);
        BeginsAt(start);
    }

    /// <summary>The broker acknowledged records.</summary>
    /// <param name="baseOffset">The offset of the first.</param>
    /// <param name="records">The records.</param>
    /// <param name="isDurable">Whether the topic promised a flush before the acknowledgement.</param>
    public void Acknowledged(long baseOffset, ReadOnlySpan<long> records, bool isDurable)
    {
        for (int i = 0; i < records.Length; i++)
        {
            Entry entry = Place(baseOffset + i, records[i], "acknowledged");
            entry.IsAcknowledged = true;
            entry.IsDurable |= isDurable;
        }
    }

    /// <summary>A consumer read a record.</summary>
    public void Observed(long offset, long record, bool isDurable)
    {
        Entry entry = Place(offset, record, "read");
        entry.IsAcknowledged = true;
        entry.IsDurable |= isDurable;
    }

    /// <summary>A consumer learned where the log begins.</summary>
    public void BeginsAt(long start)
    {
        // Answers may overtake each other, so a lower one is no news.
        if (start > DeletableTo && Topic.LeastRetentionMs == long.MaxValue) throw new Violation($"{Name} begins at {start}, but nothing may be deleted from {DeletableTo} on");
        Start = Math.Max(Start, start);
    }

    /// <summary>Notes that bits of a batch were turned.</summary>
    public void Damage(long baseOffset)
    {
        Damaged.Add(baseOffset);
        DamagedFrom = Math.Min(DamagedFrom, baseOffset);
    }

    /// <summary>Compares the whole log after a restart with what was promised, and takes it as what is known from here on.</summary>
    /// <param name="start">The first offset.</param>
    /// <param name="end">The offset after the last record.</param>
    /// <param name="records">All records that could be read, by offset.</param>
    /// <param name="powerWasLost">Whether what was not flushed may be gone.</param>
    /// <param name="nowMs">The time.</param>
    public void Restarted(long start, long end, IReadOnlyDictionary<long, long> records, bool powerWasLost, long nowMs)
    {
        if (start < _deletedUpTo) throw new Violation($"{Name} began at {_deletedUpTo} by a deletion that was confirmed, and begins at {start} after the restart");
        // What was not confirmed may be undone.
        Start = 0;
        BeginsAt(start);
        var compaction = new CompactionCheck(this, records, nowMs);
        foreach ((long offset, Entry entry) in _entries)
        {
            if (offset < start)
            {
                CheckRetention(offset, entry.Record, nowMs);
                continue;
            }
            if (records.TryGetValue(offset, out long record))
            {
                if (record != entry.Record) throw new Violation($"{Name}: offset {offset} held record {entry.Record} and holds {record} after the restart");
                continue;
            }
            if (offset < end && (Damaged.Count > 0 || compaction.MayBeGone(offset, entry.Record))) continue;
            if (offset < end) throw new Violation($"{Name}: offset {offset} is missing between {start} and {end} after the restart");
            if (offset >= DamagedFrom) continue;
            // A cleaned segment that is cut at its beginning ends the log where the segment's name says, before offsets that compaction took long ago.
            if (Damaged.Count > 0 && compaction.MayBeGone(offset, entry.Record)) continue;
            if (entry.IsDurable) throw new Violation($"{Name}: offset {offset} was promised to be durable, and the log ends at {end} after the restart");
            if (entry.IsAcknowledged && !powerWasLost) throw new Violation($"{Name}: offset {offset} was acknowledged, power was never lost, and the log ends at {end} after the restart");
        }
        foreach (long lost in _entries.Keys.Where(offset => !records.ContainsKey(offset) && (offset >= end || offset < start || Topic.MayCompact)).ToArray())
        {
            if (lost >= end) Cuts++;
            _offsetOfRecord.Remove(_entries[lost].Record);
            _entries.Remove(lost);
        }
        if (end <= DamagedFrom)
        {
            // What was cut with the damage may be known to clients that the checker never saw.
            if (Damaged.Count > 0) Cuts++;
            DamagedFrom = long.MaxValue;
            Damaged.Clear();
        }
        foreach ((long offset, long record) in records) Place(offset, record, "found after the restart");
    }

    /// <summary>Clients have asked for the deletion of the records before this offset.</summary>
    private long DeletableTo => Math.Max(_deletedUpTo, Math.Max(_deletionAsked, _deletionOpen));

    /// <summary>When a record was sent, by the clock, in milliseconds since 1970.</summary>
    internal long SentAtMs(long record) => _sent[record].AtMs;

    /// <summary>The records that are known, by offset, newest first.</summary>
    internal IEnumerable<(long Offset, long Record)> NewestFirst => _entries.Reverse().Select(entry => (entry.Key, entry.Value.Record));

    private void CheckRetention(long offset, long record, long nowMs)
    {
        if (offset < DeletableTo || !Topic.HasProducerTimes) return;
        if (nowMs - _sent[record].TimestampMs <= Topic.LeastRetentionMs)
            throw new Violation($"{Name}: offset {offset} is deleted {nowMs - _sent[record].TimestampMs} ms after the record's time, and retention.ms was never below {Topic.LeastRetentionMs}");
    }

    private Entry Place(long offset, long record, string how)
    {
        if (!_sent.ContainsKey(record)) throw new Violation($"{Name}: record {record} was {how} at offset {offset}, but nobody sent it there");
        if (_offsetOfRecord.TryGetValue(record, out long other) && other != offset)
            throw new Violation($"{Name}: record {record} was {how} at offset {offset}, but it is at {other} already: a duplicate");
        if (_entries.TryGetValue(offset, out Entry? entry))
        {
            if (entry.Record != record) throw new Violation($"{Name}: record {record} was {how} at offset {offset}, where record {entry.Record} is");
            return entry;
        }
        entry = new Entry { Record = record };
        _entries.Add(offset, entry);
        _offsetOfRecord[record] = offset;
        return entry;
    }

    private readonly record struct Sending(long TimestampMs, long AtMs);

    private sealed class Entry
    {
        public long Record { get; init; }

        public bool IsAcknowledged { get; set; }

        public bool IsDurable { get; set; }
    }
}
