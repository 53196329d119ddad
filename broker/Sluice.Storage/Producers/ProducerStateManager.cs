using Sluice.Protocol.Batches;
using Sluice.Storage.Files;

namespace Sluice.Storage.Producers;

/// <summary>
/// The producers of one partition: KIP-98's rules for duplicates, gaps and epochs, and where transactions begin and end.
/// Follows Kafka's ProducerStateManager and ProducerAppendInfo.
/// </summary>
/// <remarks>Takes no memory to speak of until a producer with an id writes.</remarks>
public sealed class ProducerStateManager
{
    private Dictionary<long, ProducerEntry>? _entries;
    private SortedList<long, long>? _unreplicated;
    private int _openTransactions;
    private long _lastMarkerOffset = -1;

    /// <summary>Producers that are remembered.</summary>
    public int Count => _entries?.Count ?? 0;

    /// <summary>
    /// First offset of the earliest transaction that is open, or ended by a marker that is not below the high watermark yet;
    /// null when there is none. The last stable offset is the lesser of this and the high watermark.
    /// </summary>
    public long? FirstUnstableOffset
    {
        get
        {
            long first = EarliestOpen(except: -1);
            if (_unreplicated is { Count: > 0 } ended)
                first = Math.Min(first, ended.Keys[0]);
            return first == long.MaxValue ? null : first;
        }
    }

    internal IReadOnlyCollection<ProducerEntry> Entries => _entries?.Values ?? (IReadOnlyCollection<ProducerEntry>)[];

    /// <summary>The producers that are remembered, in no order that means anything.</summary>
    public IEnumerable<ProducerSummary> Describe() => Entries.Select(entry => new ProducerSummary(
        entry.ProducerId, entry.Epoch, entry.LastSequence, entry.LastTimestamp, entry.CoordinatorEpoch, entry.TransactionFirstOffset));

    /// <summary>Checks a batch before it is appended.</summary>
    /// <param name="batch">A batch with a producer id.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="firstOffset">For a duplicate, the base offset of the batch in the log; else -1.</param>
    /// <param name="lastOffset">For a duplicate, the last offset of the batch in the log; else -1.</param>
    /// <param name="timestamp">For a duplicate, the max timestamp of the batch in the log; else -1.</param>
    public ProducerCheck Check(in RecordBatch batch, AppendOrigin origin, out long firstOffset, out long lastOffset, out long timestamp)
    {
        firstOffset = lastOffset = timestamp = -1;
        if (origin == AppendOrigin.Replication || _entries is null || !_entries.TryGetValue(batch.ProducerId, out ProducerEntry? entry))
            return ProducerCheck.Accepted;
        if (origin == AppendOrigin.Client && FindDuplicate(entry, batch) is { } duplicate)
        {
            firstOffset = duplicate.FirstOffset;
            lastOffset = duplicate.LastOffset;
            timestamp = duplicate.Timestamp;
            return ProducerCheck.Duplicate;
        }
        if (batch.ProducerEpoch < entry.Epoch)
            return ProducerCheck.InvalidProducerEpoch;
        if (batch.IsControl)
            return CheckMarker(entry, batch);
        if (origin != AppendOrigin.Client)
            return ProducerCheck.Accepted;
        if (!InSequence(entry, batch))
            return ProducerCheck.OutOfOrderSequence;
        return entry.TransactionFirstOffset >= 0 && !batch.IsTransactional ? ProducerCheck.InvalidTransactionState : ProducerCheck.Accepted;
    }

    /// <summary>Takes in a batch with a producer id whose offsets are set.</summary>
    /// <returns>The transaction that the batch ended by an abort marker.</returns>
    internal AbortedTransaction? Update(in RecordBatch batch)
    {
        _entries ??= [];
        if (!_entries.TryGetValue(batch.ProducerId, out ProducerEntry? entry))
            _entries.Add(batch.ProducerId, entry = new ProducerEntry(batch.ProducerId, batch.BaseOffset));
        if (batch.IsControl)
            return EndTransaction(entry, batch);
        entry.SetEpoch(batch.ProducerEpoch);
        entry.Add(new ProducerBatch(batch.LastSequence, batch.LastOffset, batch.LastOffsetDelta, batch.MaxTimestamp));
        if (batch.IsTransactional && entry.TransactionFirstOffset < 0)
        {
            entry.TransactionFirstOffset = batch.BaseOffset;
            _openTransactions++;
        }
        return null;
    }

    /// <summary>Forgets the ended transactions whose markers lie below the high watermark.</summary>
    public void OnHighWatermark(long highWatermark)
    {
        while (_unreplicated is { Count: > 0 } ended && ended.Values[0] < highWatermark)
            ended.RemoveAt(0);
    }

    /// <summary>Forgets producers without open transaction that were silent for <paramref name="expirationMs"/> (<c>producer.id.expiration.ms</c>).</summary>
    public void RemoveExpired(long nowMs, long expirationMs)
    {
        if (_entries is null)
            return;
        foreach ((long id, ProducerEntry entry) in _entries)
        {
            // Removing while enumerating is allowed for Dictionary.
            if (entry.TransactionFirstOffset < 0 && nowMs - entry.LastTimestamp >= expirationMs)
                _entries.Remove(id);
        }
        if (_entries.Count == 0)
            _entries = null;
    }

    internal void Load(List<ProducerEntry> entries)
    {
        Clear();
        foreach (ProducerEntry entry in entries)
        {
            (_entries ??= [])[entry.ProducerId] = entry;
            _openTransactions += entry.TransactionFirstOffset >= 0 ? 1 : 0;
        }
    }

    internal void Clear()
    {
        _entries = null;
        _unreplicated = null;
        _openTransactions = 0;
        _lastMarkerOffset = -1;
    }

    /// <summary>Takes back what was taken in from an offset on: batches that never reached the file.</summary>
    /// <returns>False when the state before them is not known any more; it is in disorder then, and has to be loaded from the log.</returns>
    internal bool TryCutTo(long endOffset)
    {
        // What a marker ended cannot be begun again.
        if (_lastMarkerOffset >= endOffset)
            return false;
        if (_entries is null)
            return true;
        foreach ((long id, ProducerEntry entry) in _entries)
        {
            if (entry.TransactionFirstOffset >= endOffset)
            {
                entry.TransactionFirstOffset = -1;
                _openTransactions--;
            }
            // Removing while enumerating is allowed for Dictionary.
            if (entry.FirstOffset >= endOffset)
                _entries.Remove(id);
            else if (!entry.TryCutTo(endOffset))
                return false;
        }
        return true;
    }

    private static ProducerBatch? FindDuplicate(ProducerEntry entry, in RecordBatch batch)
    {
        if (batch.ProducerEpoch != entry.Epoch || batch.IsControl)
            return null;
        foreach (ProducerBatch known in entry.Batches)
        {
            if (known.FirstSequence == batch.BaseSequence && known.LastSequence == batch.LastSequence)
                return known;
        }
        return null;
    }

    private static bool InSequence(ProducerEntry entry, in RecordBatch batch)
    {
        // An entry without epoch is known only by a marker; its batches may be gone by retention, so any sequence may follow.
        if (batch.ProducerEpoch != entry.Epoch)
            return batch.BaseSequence == 0 || entry.Epoch < 0;
        int last = entry.LastSequence;
        return batch.BaseSequence == last + 1L || (batch.BaseSequence == 0 && last == int.MaxValue);
    }

    private static ProducerCheck CheckMarker(ProducerEntry entry, in RecordBatch batch) =>
        TryReadMarker(batch, out _, out int coordinatorEpoch) && coordinatorEpoch < entry.CoordinatorEpoch
            ? ProducerCheck.CoordinatorFenced
            : ProducerCheck.Accepted;

    private static bool TryReadMarker(in RecordBatch batch, out ControlRecordType type, out int coordinatorEpoch)
    {
        type = default;
        coordinatorEpoch = -1;
        var reader = new RecordReader(batch.Body, batch.RecordCount);
        return reader.TryRead(out Record record) && ControlRecord.TryReadType(record.Key, out type)
            && type is ControlRecordType.Abort or ControlRecordType.Commit
            && ControlRecord.TryReadCoordinatorEpoch(record.Value, out coordinatorEpoch);
    }

    private AbortedTransaction? EndTransaction(ProducerEntry entry, in RecordBatch batch)
    {
        if (!TryReadMarker(batch, out ControlRecordType type, out int coordinatorEpoch))
            return null;
        long first = entry.TransactionFirstOffset;
        _lastMarkerOffset = batch.LastOffset;
        entry.SetEpoch(batch.ProducerEpoch);
        entry.CoordinatorEpoch = coordinatorEpoch;
        entry.LastTimestamp = batch.MaxTimestamp;
        entry.TransactionFirstOffset = -1;
        if (first < 0)
            return null;
        _openTransactions--;
        (_unreplicated ??= []).TryAdd(first, batch.LastOffset);
        if (type != ControlRecordType.Abort)
            return null;
        long stable = Math.Min(EarliestOpen(entry.ProducerId), batch.LastOffset + 1);
        return new AbortedTransaction(entry.ProducerId, first, batch.LastOffset, stable);
    }

    private long EarliestOpen(long except)
    {
        long first = long.MaxValue;
        if (_openTransactions == 0)
            return first;
        foreach (ProducerEntry entry in Entries)
        {
            if (entry.TransactionFirstOffset >= 0 && entry.ProducerId != except)
                first = Math.Min(first, entry.TransactionFirstOffset);
        }
        return first;
    }
}
