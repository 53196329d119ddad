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
    private readonly List<long> _deletions = [];
    private long _deletedUpTo;
    private long _trimmedTo;
    private long _comparedAtMs;
    private long _compactableTo;
    private (long Offset, long At) _told;
    private readonly Dictionary<long, Sending> _sent = [];

    /// <summary>For messages: topic and number.</summary>
    public string Name { get; } = name;

    /// <summary>The topic.</summary>
    public TopicModel Topic { get; } = topic;

    /// <summary>The least offset of a batch in which the simulator turned bits; what follows may be cut when the log is recovered.</summary>
    public long DamagedFrom { get; private set; } = long.MaxValue;

    /// <summary>The offsets of batches in which bits were turned.</summary>
    public HashSet<long> Damaged { get; } = [];

    /// <summary>Up to where the oldest records are gone, each for a reason that was looked at when they went.</summary>
    public long TrimmedTo => _trimmedTo;

    /// <summary>Compaction never looked at what lies from this offset on.</summary>
    public long CompactableTo => Topic.MayCompactSince(_comparedAtMs) ? long.MaxValue : _compactableTo;

    /// <summary>
    /// Since when, in steps of the run, the topic promises to flush first and all that consumers see is flushed; <see cref="long.MaxValue"/>
    /// while that is not so: what was seen before the promise stays visible, and is flushed when it is flushed.
    /// </summary>
    public long FlushedSince { get; set; } = long.MaxValue;

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
    public void DeletionAsked(long offset) => _deletions.Add(offset);

    /// <summary>The deletion was refused, or what came of it is known.</summary>
    public void DeletionIsOver(long offset) => _deletions.Remove(offset);

    /// <summary>Nothing is under way any more: a deletion whose answer was not heard has happened by now, or never will.</summary>
    public void DeletionsAreOver() => _deletions.Clear();

    /// <summary>The broker said that the log begins at an offset from here on, for good.</summary>
    public void Deleted(long start)
    {
        _deletedUpTo = Math.Max(_deletedUpTo, start);
        BeginsAt(start);
    }

    /// <summary>The log's start has moved: each record that is gone must have had to go.</summary>
    /// <param name="start">The new start.</param>
    /// <param name="size">How many bytes the log has left.</param>
    /// <param name="nowMs">The time.</param>
    public void Trimmed(long start, long size, long nowMs)
    {
        if (start <= _trimmedTo) return;
        if (start > DeletableTo && size < Topic.Settings.Least("retention.bytes", nowMs))
        {
            CompactionCheck compaction = CompactionOfKnown(nowMs);
            foreach ((long offset, Entry entry) in _entries)
            {
                if (offset >= start) break;
                // Where compaction took a record, the age of what was left decided.
                if (offset >= _trimmedTo && !compaction.MayBeGone(offset, entry.Record)) CheckAge(offset, entry.Record, nowMs, nowMs);
            }
        }
        _trimmedTo = start;
    }

    /// <summary>A client was told where the log ends: nobody who asks after that may be told an earlier end.</summary>
    /// <param name="end">What was told.</param>
    /// <param name="askedAt">When it was asked, in steps of the run.</param>
    /// <param name="now">When it was told.</param>
    public void ToldEnd(long end, long askedAt, long now)
    {
        if (end < _told.Offset && askedAt > _told.At) throw new Violation($"{Name} ended at {_told.Offset} for a client, and ends at {end} for one that asked later");
        if (end > _told.Offset) _told = (end, now);
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
        if (start > _trimmedTo) throw new Violation($"{Name} begins at {start}, but nothing was taken from {_trimmedTo} on");
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
        long trimmedTo = _trimmedTo;
        // What was not confirmed may be undone.
        Start = _trimmedTo = start;
        var compaction = new CompactionCheck(this, records, nowMs);
        CompactionCheck earlier = CompactionOfKnown(nowMs);
        foreach ((long offset, Entry entry) in _entries)
        {
            if (offset < start)
            {
                // What went as the node died was not seen to go.
                if (offset >= trimmedTo && start > DeletableTo && Topic.Settings.Least("retention.bytes", _comparedAtMs) == long.MaxValue && !earlier.MayBeGone(offset, entry.Record)) CheckAge(offset, entry.Record, nowMs, _comparedAtMs);
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
        // Whatever was under way died with the process, and with it what it would have excused.
        DeletionsAreOver();
        _compactableTo = Math.Min(CompactableTo, end);
        _comparedAtMs = nowMs;
        FlushedSince = long.MaxValue;
        if (_told.Offset > end) Cuts++;
        _told = (0, 0);
    }

    /// <summary>Clients have asked for the deletion of the records before this offset.</summary>
    private long DeletableTo => Math.Max(_deletedUpTo, _deletions.DefaultIfEmpty(0).Max());

    /// <summary>Since when settings may have done something that is not looked at yet, for a record: when the log was last compared as a whole, or the record was sent.</summary>
    internal long UnseenSinceMs(long record) => Math.Max(_comparedAtMs, _sent[record].AtMs);

    /// <summary>The time of a record as its producer gave it, in milliseconds since 1970; not later than it was sent.</summary>
    internal long TimestampMs(long record) => _sent[record].TimestampMs;

    /// <summary>When the record at an offset was sent, in milliseconds since 1970; null where none is known.</summary>
    internal long? SentAtMsOf(long offset) => _entries.TryGetValue(offset, out Entry? entry) ? _sent[entry.Record].AtMs : null;

    /// <summary>When a record was sent, by the clock, in milliseconds since 1970.</summary>
    internal long SentAtMs(long record) => _sent[record].AtMs;

    /// <summary>The records that are known, by offset, newest first.</summary>
    internal IEnumerable<(long Offset, long Record)> NewestFirst => _entries.Reverse().Select(entry => (entry.Key, entry.Value.Record));

    /// <summary>What compaction may have taken before the log's start moved.</summary>
    private CompactionCheck CompactionOfKnown(long nowMs) => new(this, _entries.ToDictionary(e => e.Key, e => e.Value.Record), nowMs);

    /// <summary>A record that went by its age was as old as some retention.ms since a time allowed.</summary>
    private void CheckAge(long offset, long record, long nowMs, long sinceMs)
    {
        Sending sent = _sent[record];
        // Where the broker gave the time it is later than the producer's.
        long age = nowMs - sent.TimestampMs;
        if (age <= Topic.Settings.Least("retention.ms", sinceMs))
            throw new Violation($"{Name}: offset {offset} is deleted {age} ms after the record's time, and retention.ms was {Topic.Settings.Least("retention.ms", sinceMs)}");
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
