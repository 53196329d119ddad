using Sluice.Protocol.Batches;

namespace Sluice.Client.Producing;

/// <summary>Where an appended record is: its batch and its number in it.</summary>
internal readonly record struct Appended(ProducerBatch? Batch, int Index);

/// <summary>
/// The batches of one partition: those that are filled or wait, which senders of records touch under a lock, and those that were sent,
/// which belong to the sender's thread.
/// </summary>
internal sealed class PartitionQueue(TopicPartition partition, ProducerOptions options, BufferMemory memory)
{
    private const int FirstBytes = 4 * 1024;

    /// <summary>A batch that was waited for takes at most this part of the buffer.</summary>
    private const int ShareOfBuffer = 4;

    private readonly Lock _lock = new();
    private readonly Queue<ProducerBatch> _waiting = [];
    private ProducerBatch? _open;
    private bool _listed;
    private int _lastBatchBytes = FirstBytes;

    public TopicPartition Partition { get; } = partition;

    /// <summary>Where the batches' arrays come from.</summary>
    public BufferMemory Memory => memory;

    /// <summary>Batches that were sent and are not done, in the order of their records. The sender's alone.</summary>
    public SequenceState Sequence { get; } = new();

    /// <summary>Bytes since a batch left, of records that could have gone to any partition.</summary>
    public int StickyBytes { get; set; }

    /// <summary>Node to which requests are outstanding: another may not be asked before they are answered.</summary>
    public int OutstandingNode { get; set; } = -1;

    /// <summary>Whether no batch is here in any state. For the sender's thread.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                if (_waiting.Count > 0 || Sequence.InFlight.Count > 0) return false;
                _listed = false;
                return true;
            }
        }
    }

    /// <summary>Appends a record to the open batch, or to a new one for which memory is free.</summary>
    /// <param name="record">The record.</param>
    /// <param name="bodySize">As <see cref="RecordEncoder.BodySize"/> measured it.</param>
    /// <param name="timestamp">Milliseconds since 1970.</param>
    /// <param name="clock">The producer's clock, asked for a new batch.</param>
    /// <param name="callback">Who is told the outcome; null for nobody.</param>
    /// <param name="state">Handed to the callback.</param>
    /// <param name="prepaid">Memory that the caller took for the record already; what is not needed is given back.</param>
    /// <param name="wake">Whether the sender must be told: the queue was idle or a batch became full.</param>
    /// <param name="list">Whether the queue is to be put on the sender's list.</param>
    /// <returns>A null batch when memory is used up.</returns>
    public Appended Append(
        in ProducerRecord record, int bodySize, long timestamp, ProducerClock clock, DeliveryCallback? callback, object? state, int prepaid, out bool wake, out bool list)
    {
        wake = false;
        list = false;
        lock (_lock)
        {
            ProducerBatch? batch = _open;
            int index = batch?.TryAppend(record, bodySize, timestamp) ?? -1;
            if (index < 0)
            {
                batch = MakeRoom(RecordEncoder.PrefixSizeMax + bodySize, clock, ref prepaid, ref wake);
                if (batch is null) return default;
                index = batch.TryAppend(record, bodySize, timestamp);
                list = !_listed;
                wake |= list;
                _listed = true;
            }

            if (prepaid > 0) memory.Give(prepaid);
            if (callback is not null) batch!.AddCallback(callback, state, index);
            return new Appended(batch, index);
        }
    }

    /// <summary>
    /// What memory to wait for when there is none: that of a whole batch. With less, a full buffer would fill with ever smaller batches,
    /// each of which frees as little as it took.
    /// </summary>
    public int BytesToWaitFor(int bodySize)
    {
        long batch = Math.Min(options.BatchBytes, options.BufferBytes / ShareOfBuffer);
        return (int)Math.Max(batch, RecordBatch.HeaderSize + RecordEncoder.PrefixSizeMax + bodySize);
    }

    /// <summary>The oldest batch that was not sent yet.</summary>
    public ProducerBatch? Peek(out bool more)
    {
        lock (_lock)
        {
            more = _waiting.Count > 1;
            return _waiting.TryPeek(out ProducerBatch? batch) ? batch : null;
        }
    }

    /// <summary>Takes the oldest batch out; nothing is appended to it any more.</summary>
    public ProducerBatch Take()
    {
        lock (_lock)
        {
            ProducerBatch batch = _waiting.Dequeue();
            if (batch == _open)
            {
                _lastBatchBytes = batch.Length;
                _open = null;
            }

            batch.Closed = true;
            return batch;
        }
    }

    /// <summary>Closes the open batch and calls the action with each that was not sent.</summary>
    public void CloseAll(Action<ProducerBatch> each)
    {
        lock (_lock)
        {
            if (_open is { } open) open.Closed = true;
            _open = null;
            foreach (ProducerBatch batch in _waiting) each(batch);
        }
    }

    private ProducerBatch? MakeRoom(int recordBytes, ProducerClock clock, ref int prepaid, ref bool wake)
    {
        if (_open is { } open)
        {
            if (TryGrow(open, recordBytes)) return open;
            // Full, or memory is short: either way it leaves now. Only a full one tells how large the next will be.
            open.Closed = true;
            _lastBatchBytes = Math.Max(open.Length, _lastBatchBytes);
            _open = null;
            wake = true;
        }

        int least = RecordBatch.HeaderSize + recordBytes;
        int bytes = Math.Max(least, Math.Min(options.BatchBytes, RoundUp(_lastBatchBytes)));
        if (prepaid >= least)
        {
            bytes = prepaid;
            prepaid = 0;
        }
        else if (!memory.TryTake(bytes))
        {
            return null;
        }

        _open = new ProducerBatch(this, memory.Rent(bytes), bytes, clock.NowMs);
        _waiting.Enqueue(_open);
        return _open;
    }

    private bool TryGrow(ProducerBatch batch, int recordBytes)
    {
        int needed = batch.Length + recordBytes;
        if (needed > options.BatchBytes || batch.Count == ProducerOptions.BatchRecordsMax) return false;
        int capacity = Math.Min(options.BatchBytes, RoundUp(needed));
        if (capacity <= batch.Reserved || !memory.TryTake(capacity - batch.Reserved)) return false;
        batch.Grow(capacity);
        return true;
    }

    private static int RoundUp(int bytes) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, FirstBytes));
}
