using Simulation.Runs;

namespace Simulation.Models;

/// <summary>
/// What the clients know of one partition: which records they sent, which offsets they were told, what they read. The broker is right
/// when nothing that it says contradicts this.
/// </summary>
internal sealed class PartitionModel(string name)
{
    private readonly SortedDictionary<long, Entry> _entries = [];
    private readonly Dictionary<long, long> _offsetOfRecord = [];
    private readonly Dictionary<long, long> _sent = [];

    /// <summary>For messages: topic and number.</summary>
    public string Name { get; } = name;

    /// <summary>The least offset of a batch in which the simulator turned bits; what follows may be cut when the log is recovered.</summary>
    public long DamagedFrom { get; private set; } = long.MaxValue;

    /// <summary>The offsets of batches in which bits were turned.</summary>
    public HashSet<long> Damaged { get; } = [];

    /// <summary>Whether retention may delete the oldest records.</summary>
    public bool MayTrim { get; set; }

    /// <summary>The highest first offset that was seen.</summary>
    public long Start { get; private set; }

    /// <summary>How many times a loss of power took something from the end.</summary>
    public int Cuts { get; private set; }

    /// <summary>The offsets that are known to exist, with the records there.</summary>
    public IEnumerable<(long Offset, long Record, long TimestampMs)> Known => _entries.Select(e => (e.Key, e.Value.Record, _sent[e.Value.Record]));

    /// <summary>A client sends records; none, some or all of them may come to be in the log.</summary>
    public void Sent(ReadOnlySpan<long> records, long timestampMs)
    {
        foreach (long record in records) _sent[record] = timestampMs;
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
        if (start < Start) throw new Violation($"{Name} began at {Start} and now begins at {start}");
        if (start > 0 && !MayTrim) throw new Violation($"{Name} begins at {start}, but nothing may be deleted from it");
        Start = start;
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
    public void Restarted(long start, long end, IReadOnlyDictionary<long, long> records, bool powerWasLost)
    {
        BeginsAt(start);
        foreach ((long offset, Entry entry) in _entries)
        {
            if (offset < start) continue;
            if (records.TryGetValue(offset, out long record))
            {
                if (record != entry.Record) throw new Violation($"{Name}: offset {offset} held record {entry.Record} and holds {record} after the restart");
                continue;
            }
            if (offset < end && Damaged.Count > 0) continue;
            if (offset < end) throw new Violation($"{Name}: offset {offset} is missing between {start} and {end} after the restart");
            if (offset >= DamagedFrom) continue;
            if (entry.IsDurable) throw new Violation($"{Name}: offset {offset} was promised to be durable, and the log ends at {end} after the restart");
            if (entry.IsAcknowledged && !powerWasLost) throw new Violation($"{Name}: offset {offset} was acknowledged, power was never lost, and the log ends at {end} after the restart");
        }
        foreach (long lost in _entries.Keys.Where(offset => offset >= end || offset < start).ToArray())
        {
            if (lost >= end) Cuts++;
            _offsetOfRecord.Remove(_entries[lost].Record);
            _entries.Remove(lost);
        }
        if (end <= DamagedFrom)
        {
            DamagedFrom = long.MaxValue;
            Damaged.Clear();
        }
        foreach ((long offset, long record) in records) Place(offset, record, "found after the restart");
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

    private sealed class Entry
    {
        public long Record { get; init; }

        public bool IsAcknowledged { get; set; }

        public bool IsDurable { get; set; }
    }
}
