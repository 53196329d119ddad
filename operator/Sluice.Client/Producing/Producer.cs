using Sluice.Client.Cluster;
using Sluice.Protocol;

namespace Sluice.Client.Producing;

/// <summary>
/// Writes records to topics, many to a request. Records of one partition are delivered in the order of the calls; by default each is
/// written exactly once for as long as the producer lives, whatever fails on the way (KIP-98).
/// </summary>
/// <remarks>
/// Safe for use by many threads; one producer for a whole program is best. A record is encoded into its batch during the call, so that
/// its memory may be reused as soon as <see cref="Send"/> returns; with <see cref="SendAsync"/> once the returned task is completed.
/// </remarks>
public sealed class Producer : IAsyncDisposable
{
    private readonly ProducerOptions _options;
    private readonly ClusterClient _cluster;
    private readonly BufferMemory _memory;
    private readonly ProducerClock _clock;
    private readonly TopicTable _topics;
    private readonly Sender _sender;
    private int _closed;
    private volatile bool _ended;

    /// <summary>Starts a producer; nothing is connected before the first record.</summary>
    /// <exception cref="ArgumentException">An option is out of range or does not fit another; the message says which and what to choose.</exception>
    /// <exception cref="FormatException">The bootstrap servers are not a list of <c>host:port</c>.</exception>
    public Producer(ProducerOptions options)
    {
        options.Validate();
        _options = options;
        _cluster = new ClusterClient(options);
        _memory = new BufferMemory(options.BufferBytes, options.Clock, options.BatchBytes);
        _clock = new ProducerClock(options.Clock);
        _topics = new TopicTable(options, _memory);
        _sender = new Sender(options, _cluster, _memory, _clock, _topics);
    }

    /// <summary>Bytes of <see cref="ProducerOptions.BufferBytes"/> that are free.</summary>
    public long FreeBufferBytes => _memory.Free;

    /// <summary>Sends a record; the task tells where it was written. Tasks need not be awaited one by one: <see cref="FlushAsync"/> waits for all.</summary>
    /// <param name="record">The record.</param>
    /// <param name="cancellation">Gives up waiting for memory or for the topic to be known; does nothing once the record is in a batch.</param>
    /// <exception cref="KafkaException">A broker refused the record, or the topic does not exist.</exception>
    /// <exception cref="TimeoutException">It was not delivered within <see cref="ProducerOptions.DeliveryTimeout"/>, or no memory was free within <see cref="ProducerOptions.MaxBlock"/>.</exception>
    /// <exception cref="ObjectDisposedException">The producer is closed.</exception>
    public ValueTask<RecordMetadata> SendAsync(in ProducerRecord record, CancellationToken cancellation = default)
    {
        int bodySize = Check(record);
        Appended appended = TryAppend(record, bodySize, null, null);
        return appended.Batch is { } batch
            ? new ValueTask<RecordMetadata>(batch, (short)appended.Index)
            : SendWhenPossible(record, bodySize, cancellation);
    }

    /// <summary>Sends a record without a task; blocks while the buffer is full or the topic is not known yet, as Java's producer does.</summary>
    /// <param name="record">The record.</param>
    /// <param name="callback">Is told the outcome; null when nobody wants to know.</param>
    /// <param name="state">Handed to the callback.</param>
    /// <param name="cancellation">Gives up waiting for memory or for the topic to be known; does nothing once the record is in a batch.</param>
    /// <exception cref="KafkaException">The topic does not exist.</exception>
    /// <exception cref="TimeoutException">No memory was free within <see cref="ProducerOptions.MaxBlock"/>.</exception>
    /// <exception cref="ObjectDisposedException">The producer is closed.</exception>
    public void Send(in ProducerRecord record, DeliveryCallback? callback = null, object? state = null, CancellationToken cancellation = default)
    {
        int bodySize = Check(record);
        if (TryAppend(record, bodySize, callback, state).Batch is not null) return;
        AppendWhenPossible(record, bodySize, callback, state, cancellation).GetAwaiter().GetResult();
    }

    /// <summary>Sends all records given so far without waiting for their batches to fill; done when each is delivered or failed.</summary>
    public Task FlushAsync(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) != 0, this);
        return Flush().WaitAsync(cancellation);
    }

    /// <summary>How many partitions a topic has; asks the cluster when the producer does not know the topic yet.</summary>
    /// <exception cref="KafkaException">The topic does not exist.</exception>
    public async Task<int> PartitionCountAsync(string topic, CancellationToken cancellation = default)
    {
        ProducerTopic known = _topics.Get(topic);
        if (known.Queues.Length == 0) await Resolve(known, null, _clock.NowMs + (long)_options.MaxBlock.TotalMilliseconds, cancellation).ConfigureAwait(false);
        return known.Queues.Length;
    }

    /// <summary>Delivers what was sent, for at most this long, then closes; what is left fails.</summary>
    public async Task CloseAsync(TimeSpan timeout)
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        try
        {
            if (timeout > TimeSpan.Zero) await Flush().WaitAsync(timeout, _options.Clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The records that are left are told so by the sender.
        }

        _ended = true;
        await Task.Run(_sender.Stop).ConfigureAwait(false);
        await _cluster.DisposeAsync().ConfigureAwait(false);
        _sender.Dispose();
        _topics.Dispose();
    }

    /// <summary>As <see cref="CloseAsync"/> with the delivery time-out.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync(_options.DeliveryTimeout).ConfigureAwait(false);

    private async Task Flush()
    {
        // Who stands in line for a topic or for memory gave a record before the call: it counts too.
        foreach (ProducerTopic topic in _topics.All) await topic.PassLineAsync().ConfigureAwait(false);
        await _sender.FlushAsync().ConfigureAwait(false);
    }

    private int Check(in ProducerRecord record)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) != 0, this);
        if (_sender.Fatal is { } fatal) throw fatal;
        ArgumentException.ThrowIfNullOrEmpty(record.Topic, nameof(record));
        if (record.Partition < 0) throw new ArgumentOutOfRangeException(nameof(record), record.Partition, "A partition is 0 or more, or null.");
        int bodySize = RecordEncoder.BodySize(record);
        return bodySize <= _options.RecordBytesMax
            ? bodySize
            : throw new KafkaException(ErrorCode.MessageTooLarge, $"the record for topic '{record.Topic}' takes {bodySize} bytes, more than {nameof(ProducerOptions.RecordBytesMax)} = {_options.RecordBytesMax}");
    }

    private Appended TryAppend(in ProducerRecord record, int bodySize, DeliveryCallback? callback, object? state)
    {
        ProducerTopic topic = _topics.Get(record.Topic);
        return Volatile.Read(ref topic.Waiting) == 0 ? Append(topic, record, bodySize, callback, state, 0) : default;
    }

    private Appended Append(ProducerTopic topic, in ProducerRecord record, int bodySize, DeliveryCallback? callback, object? state, int prepaid)
    {
        PartitionQueue? queue = topic.QueueFor(record);
        if (queue is null) return default;
        long wall = _clock.WallMs;
        Appended appended = queue.Append(record, bodySize, record.TimestampMs ?? wall, _clock, callback, state, prepaid, out bool wake, out bool list);
        if (list) _sender.List(queue);
        if (wake) _sender.Wake();
        if (record.Partition is null && appended.Batch is not null) topic.CountSticky(queue, bodySize);
        return appended;
    }

    private async ValueTask<RecordMetadata> SendWhenPossible(ProducerRecord record, int bodySize, CancellationToken cancellation)
    {
        Appended appended = await AppendWhenPossible(record, bodySize, null, null, cancellation).ConfigureAwait(false);
        return await new ValueTask<RecordMetadata>(appended.Batch!, (short)appended.Index).ConfigureAwait(false);
    }

    private Task<Appended> AppendWhenPossible(in ProducerRecord record, int bodySize, DeliveryCallback? callback, object? state, CancellationToken cancellation)
    {
        ProducerTopic topic = _topics.Get(record.Topic);
        // Counted before the call returns: the next record of this thread then stands in line behind this one.
        Interlocked.Increment(ref topic.Waiting);
        return StandInLine(topic, record, bodySize, callback, state, cancellation);
    }

    private async Task<Appended> StandInLine(
        ProducerTopic topic, ProducerRecord record, int bodySize, DeliveryCallback? callback, object? state, CancellationToken cancellation)
    {
        long deadline = _clock.NowMs + (long)_options.MaxBlock.TotalMilliseconds;
        try
        {
            if (!await topic.Line.WaitAsync(_options.MaxBlock, cancellation).ConfigureAwait(false)) throw Blocked(topic.Name);
            try
            {
                ObjectDisposedException.ThrowIf(_ended, this);
                if (topic.Queues.Length <= (record.Partition ?? 0)) await Resolve(topic, record.Partition, deadline, cancellation).ConfigureAwait(false);
                Appended appended = Append(topic, record, bodySize, callback, state, 0);
                if (appended.Batch is not null) return appended;
                int bytes = topic.QueueFor(record)!.BytesToWaitFor(bodySize);
                await AwaitMemory(topic, bytes, deadline, cancellation).ConfigureAwait(false);
                ObjectDisposedException.ThrowIf(_ended, this);
                return Append(topic, record, bodySize, callback, state, bytes);
            }
            finally
            {
                topic.Line.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref topic.Waiting);
        }
    }

    private async Task AwaitMemory(ProducerTopic topic, int bytes, long deadline, CancellationToken cancellation)
    {
        _sender.Wake();
        long left = deadline - _clock.NowMs;
        if (left <= 0) throw Blocked(topic.Name);
        try
        {
            Task taken = _memory.TakeAsync(bytes, TimeSpan.FromMilliseconds(left), cancellation);
            // Batches that are being filled leave when someone waits: the sender must see it now.
            _sender.Wake();
            await taken.ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw Blocked(topic.Name);
        }
    }

    private TimeoutException Blocked(string topic) => new(
        $"a record for topic '{topic}' found no free memory within {_options.MaxBlock.TotalSeconds:0.#} s: {nameof(ProducerOptions.BufferBytes)} = {_options.BufferBytes} "
        + "are full of records that the brokers have not acknowledged");

    /// <summary>Asks the cluster until it knows the topic, and the partition when the record names one.</summary>
    private async Task Resolve(ProducerTopic topic, int? partition, long deadline, CancellationToken cancellation)
    {
        Backoff backoff = Backoff.Of(_options);
        for (int attempt = 1; ; attempt++)
        {
            (ErrorCode error, string reason) = await Ask(topic, cancellation).ConfigureAwait(false);
            ObjectDisposedException.ThrowIf(_ended, this);
            if (topic.Queues.Length > (partition ?? 0)) return;
            TimeSpan wait = backoff.After(attempt);
            if (topic.Queues.Length > 0) (error, reason) = (ErrorCode.UnknownTopicOrPartition, $"topic '{topic.Name}' has {topic.Queues.Length} partitions, and the record names partition {partition}");
            if (error is not ErrorCode.None && (!error.IsRetriable() || _clock.NowMs + wait.TotalMilliseconds > deadline)) throw new KafkaException(error, reason);
            await Task.Delay(wait, _options.Clock, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<(ErrorCode Error, string Reason)> Ask(ProducerTopic topic, CancellationToken cancellation)
    {
        try
        {
            ClusterView view = await _cluster.RefreshAsync([topic.Name], createMissing: true, cancellation).ConfigureAwait(false);
            if (view.Topic(topic.Name) is { Error: ErrorCode.None } known) topic.Update(known);
            ErrorCode error = view.Topic(topic.Name)?.Error ?? ErrorCode.UnknownTopicOrPartition;
            string advice = error == ErrorCode.UnknownTopicOrPartition ? " does not exist: create it first" : $" can't be written: {error.ProtocolName()}";
            return (error, $"topic '{topic.Name}'{advice}");
        }
        catch (BrokerUnreachableException e)
        {
            return (ErrorCode.NetworkException, e.Message);
        }
    }
}
