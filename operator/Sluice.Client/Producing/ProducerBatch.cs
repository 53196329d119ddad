using System.Threading.Tasks.Sources;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Sluice.Client.Producing;

/// <summary>Where a batch that left its queue stands.</summary>
internal enum BatchState
{
    /// <summary>It is being filled, or is full and waits for its first attempt.</summary>
    Waiting,

    /// <summary>A request with it was sent and not answered.</summary>
    Outstanding,

    /// <summary>An attempt failed; another will be made.</summary>
    Retrying,

    /// <summary>Delivered or failed.</summary>
    Done,
}

/// <summary>
/// Records of one partition that are sent, repeated and acknowledged together. It is also what those wait on who sent its records: the
/// token of a record's <see cref="ValueTask{T}"/> is its number in the batch, so that no record needs an object of its own.
/// </summary>
/// <remarks>
/// Appending happens under the queue's lock until the batch leaves the queue; from then on the sender's thread alone writes. Not
/// reused: only its buffer is pooled.
/// </remarks>
/// <param name="queue">The partition's queue.</param>
/// <param name="buffer">For the header and the records.</param>
/// <param name="reserved">Memory that was taken for it.</param>
/// <param name="createdAtMs">Milliseconds of the producer's clock.</param>
/// <param name="whole">The batch that this one is a part of; null for one that nobody split.</param>
/// <param name="first">Number of the first record in that batch.</param>
internal sealed class ProducerBatch(PartitionQueue queue, byte[] buffer, int reserved, long createdAtMs, ProducerBatch? whole = null, int first = 0)
    : IValueTaskSource<RecordMetadata>
{
    private readonly Lock _lock = new();
    private byte[]? _buffer = buffer;
    private int _capacity = reserved;
    private long _baseTimestamp;
    private long _maxTimestamp = -1;
    private List<Waiting>? _waiting;
    private List<Callback>? _callbacks;
    private List<FlushWaiter>? _flushes;
    private readonly ProducerBatch? _whole = whole?._whole ?? whole;
    private readonly int _firstInWhole = first + (whole?._firstInWhole ?? 0);
    private bool _done;
    private Outcome _outcome;
    private List<Outcome>? _outcomes;
    private int _leftOfParts;

    public PartitionQueue Queue { get; } = queue;

    /// <summary>Milliseconds of the producer's clock.</summary>
    public long CreatedAtMs { get; } = createdAtMs;

    /// <summary>Memory that was taken for it.</summary>
    public int Reserved { get; private set; } = reserved;

    /// <summary>Bytes, header included; those of the compressed form once sealed.</summary>
    public int Length { get; private set; } = RecordBatch.HeaderSize;

    public int Count { get; private set; }

    public BatchState State { get; set; }

    /// <summary>No more records are taken; it is to leave as soon as it can.</summary>
    public bool Closed { get; set; }

    /// <summary>Attempts that ended without success.</summary>
    public int Failures { get; set; }

    /// <summary>When the next attempt may be made.</summary>
    public long NotBeforeMs { get; set; }

    /// <summary>Whether some attempt ended without an answer that tells if the broker has the records.</summary>
    public bool MayBeWritten { get; set; }

    /// <summary>Sequence number of the first record; -1 without idempotence or before the first attempt.</summary>
    public int BaseSequence { get; private set; } = -1;

    /// <summary>What is sent.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, Length);

    /// <summary>Appends a record if there is room; its number in the batch, or -1.</summary>
    public int TryAppend(in ProducerRecord record, int bodySize, long timestamp)
    {
        if (Length + RecordEncoder.PrefixSizeMax + bodySize > _capacity || Count == ProducerOptions.BatchRecordsMax) return -1;
        if (Count == 0) _baseTimestamp = timestamp;
        Length += RecordEncoder.Write(_buffer.AsSpan(Length), bodySize, timestamp - _baseTimestamp, Count, record);
        if (timestamp > _maxTimestamp) _maxTimestamp = timestamp;
        return Count++;
    }

    /// <summary>Appends a record that is encoded but for its prefix. The buffer has room.</summary>
    public void AppendEncoded(ReadOnlySpan<byte> body, long timestamp)
    {
        if (Count == 0) _baseTimestamp = timestamp;
        Length += RecordEncoder.WriteEncoded(_buffer.AsSpan(Length), body, timestamp - _baseTimestamp, Count++);
        if (timestamp > _maxTimestamp) _maxTimestamp = timestamp;
    }

    /// <summary>Moves the records to a larger buffer, whose memory was taken before.</summary>
    public void Grow(int capacity)
    {
        byte[] larger = Queue.Memory.Rent(capacity);
        _buffer.AsSpan(0, Length).CopyTo(larger);
        Queue.Memory.Return(_buffer!);
        _buffer = larger;
        _capacity = capacity;
        Reserved = capacity;
    }

    /// <summary>Has the callback called with the outcome of the record appended last. Under the queue's lock.</summary>
    public void AddCallback(DeliveryCallback callback, object? state, int index) => (_callbacks ??= []).Add(new Callback(callback, state, index));

    /// <summary>Counts the batch among those that a flush waits for. On the sender's thread.</summary>
    public void AddFlush(FlushWaiter flush)
    {
        flush.Add();
        (_flushes ??= []).Add(flush);
    }

    /// <summary>Compresses the records and writes the header, once, before the first attempt.</summary>
    public void Finish(CompressionCodec codec, int? level)
    {
        if (codec != CompressionCodec.None) Compress(codec, level);
        BatchHeader.Write(_buffer.AsSpan(0, Length), codec, Count, _baseTimestamp, _maxTimestamp);
    }

    /// <summary>Gives the batch its place in the producer's sequence, and the checksum.</summary>
    public void Seal(long producerId, short epoch, int sequence)
    {
        BaseSequence = sequence;
        BatchHeader.Seal(_buffer.AsSpan(0, Length), producerId, epoch, sequence);
    }

    /// <summary>Tells everyone the outcome and gives the buffer back; the caller gives back the memory that was taken.</summary>
    public void Complete(RecordMetadata first, Exception? error)
    {
        if (State == BatchState.Done) return;
        End();
        var outcome = new Outcome(_firstInWhole, first, error);
        if (_whole is not null)
        {
            _whole.PartDone(outcome, Count);
        }
        else
        {
            _outcome = outcome;
            Announce();
        }

        foreach (FlushWaiter flush in _flushes ?? []) flush.Done();
    }

    /// <summary>Others carry the records from now on. Whoever waits for them goes on waiting here, until each part is done.</summary>
    public void Scatter(List<ProducerBatch> parts)
    {
        End();
        if (_whole is null) (_outcomes, _leftOfParts) = (new(parts.Count), Count);
        foreach (FlushWaiter flush in _flushes ?? [])
        {
            parts.ForEach(part => part.AddFlush(flush));
            flush.Done();
        }
    }

    /// <summary>Tells everyone that the batch failed while a request with it may still be sent: its buffer is not given back.</summary>
    public void Abandon(Exception error)
    {
        _buffer = [];
        Complete(new RecordMetadata(Queue.Partition.Topic, Queue.Partition.Partition, -1, -1), error);
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token)
    {
        lock (_lock)
        {
            return !_done ? ValueTaskSourceStatus.Pending : OutcomeOf((ushort)token).Error is null ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Faulted;
        }
    }

    /// <inheritdoc/>
    public RecordMetadata GetResult(short token)
    {
        lock (_lock)
        {
            if (!_done) throw new InvalidOperationException("The record is not delivered yet; await the task instead of asking for its result.");
        }

        Outcome outcome = OutcomeOf((ushort)token);
        if (outcome.Error is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(outcome.Error);
        return outcome.MetadataOf((ushort)token);
    }

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        var waiter = Waiting.Of(continuation, state, flags);
        lock (_lock)
        {
            if (!_done)
            {
                (_waiting ??= []).Add(waiter);
                return;
            }
        }

        waiter.Resume();
    }

    private void End()
    {
        State = BatchState.Done;
        Queue.Memory.Return(_buffer!);
        _buffer = null;
    }

    private void PartDone(Outcome outcome, int records)
    {
        _outcomes!.Add(outcome);
        _leftOfParts -= records;
        if (_leftOfParts > 0) return;
        _outcomes.Sort(static (one, other) => one.First.CompareTo(other.First));
        Announce();
    }

    private void Announce()
    {
        List<Waiting>? waiting;
        lock (_lock)
        {
            _done = true;
            waiting = _waiting;
            _waiting = null;
        }

        foreach (Callback callback in _callbacks ?? []) callback.Call(OutcomeOf(callback.Index));
        foreach (Waiting waiter in waiting ?? []) waiter.Resume();
    }

    private Outcome OutcomeOf(int index) => _outcomes is null ? _outcome : _outcomes.FindLast(o => o.First <= index);

    private void Compress(CompressionCodec codec, int? level)
    {
        using var output = new PooledBuffer();
        Codecs.Compress(codec, _buffer.AsSpan(RecordBatch.HeaderSize, Length - RecordBatch.HeaderSize), output, level);
        int length = RecordBatch.HeaderSize + output.Length;
        if (length > _buffer!.Length)
        {
            // What does not shrink may grow by the codec's framing.
            Queue.Memory.Return(_buffer);
            _buffer = Queue.Memory.Rent(length);
        }

        output.WrittenSpan.CopyTo(_buffer.AsSpan(RecordBatch.HeaderSize));
        Length = length;
    }

    private readonly record struct Callback(DeliveryCallback Action, object? State, int Index)
    {
        public void Call(in Outcome outcome) => Action(outcome.MetadataOf(Index), outcome.Error, State);
    }

    /// <summary>What became of the records from a number on.</summary>
    private readonly record struct Outcome(int First, RecordMetadata Metadata, Exception? Error)
    {
        public RecordMetadata MetadataOf(int index) => Metadata.Offset < 0 ? Metadata : Metadata with { Offset = Metadata.Offset + index - First };
    }

    /// <summary>A continuation that waits, with where it wants to run.</summary>
    private readonly record struct Waiting(Action<object?> Continuation, object? State, ExecutionContext? Context, object? Scheduler)
    {
        public static Waiting Of(Action<object?> continuation, object? state, ValueTaskSourceOnCompletedFlags flags)
        {
            ExecutionContext? context = (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0 ? ExecutionContext.Capture() : null;
            object? scheduler = null;
            if ((flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0)
            {
                if (SynchronizationContext.Current is { } current && current.GetType() != typeof(SynchronizationContext)) scheduler = current;
                else if (TaskScheduler.Current != TaskScheduler.Default) scheduler = TaskScheduler.Current;
            }

            return new Waiting(continuation, state, context, scheduler);
        }

        // Never on the sender's thread: what follows an await may block.
        public void Resume()
        {
            switch (Scheduler)
            {
                case SynchronizationContext context:
                    context.Post(static box => ((Waiting)box!).Run(), this);
                    break;
                case TaskScheduler scheduler:
                    Task.Factory.StartNew(static box => ((Waiting)box!).Run(), this, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
                    break;
                default:
                    if (Context is null) ThreadPool.UnsafeQueueUserWorkItem(Continuation, State, preferLocal: false);
                    else ThreadPool.UnsafeQueueUserWorkItem(static waiting => waiting.Run(), this, preferLocal: false);
                    break;
            }
        }

        private void Run()
        {
            if (Context is null) Continuation(State);
            else ExecutionContext.Run(Context, static box => ((Waiting)box!).Continuation(((Waiting)box).State), this);
        }
    }
}

/// <summary>One call of flush: done when every batch that it met is.</summary>
internal sealed class FlushWaiter
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = 1;

    public Task Task => _done.Task;

    public void Add() => _left++;

    public void Done()
    {
        if (--_left == 0) _done.SetResult();
    }
}
