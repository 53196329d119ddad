using System.Collections.Concurrent;
using Sluice.Client.Cluster;
using Sluice.Protocol;

namespace Sluice.Client.Producing;

/// <summary>
/// The producer's own thread: takes batches that are ready, sends them to the leaders of their partitions, repeats what failed and
/// tells the outcomes. It alone touches what was sent; requests and answers run beside it and come back as events.
/// </summary>
internal sealed class Sender : IDisposable
{
    private readonly ProducerOptions _options;
    private readonly ClusterClient _cluster;
    private readonly BufferMemory _memory;
    private readonly ProducerClock _clock;
    private readonly TopicTable _topics;
    private readonly IdentitySource _identity;
    private readonly Backoff _backoff;
    private readonly ConcurrentQueue<Action> _events = [];
    private readonly ConcurrentQueue<PartitionQueue> _listed = [];
    private readonly List<PartitionQueue> _active = [];
    private readonly Dictionary<int, SenderNode> _nodes = [];
    private readonly ManualResetEventSlim _signal = new(false, spinCount: 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Thread _thread;
    private readonly MetadataKeeper _metadata;
    private bool _asking;
    private bool _stopped;
    private int _first;
    private Exception? _fatal;

    public Sender(ProducerOptions options, ClusterClient cluster, BufferMemory memory, ProducerClock clock, TopicTable topics)
    {
        (_options, _cluster, _memory, _clock, _topics) = (options, cluster, memory, clock, topics);
        _identity = new IdentitySource(cluster, options);
        _backoff = Backoff.Of(options);
        _metadata = new MetadataKeeper(options, cluster, topics, Post, _stopping.Token);
        _thread = new Thread(Run) { IsBackground = true, Name = "sluice-producer" };
        _thread.Start();
    }

    /// <summary>Why the producer can send nothing any more; null while it can.</summary>
    public Exception? Fatal => Volatile.Read(ref _fatal);

    /// <summary>Puts a queue on the list of those with batches.</summary>
    public void List(PartitionQueue queue) => _listed.Enqueue(queue);

    /// <summary>Has the thread look again.</summary>
    public void Wake()
    {
        if (!_signal.IsSet) _signal.Set();
    }

    /// <summary>Sends everything that was appended before the call, full or not; done when all of it is.</summary>
    public Task FlushAsync()
    {
        var flush = new FlushWaiter();
        Post(() =>
        {
            Adopt();
            foreach (PartitionQueue queue in _active)
            {
                queue.CloseAll(batch => batch.AddFlush(flush));
                foreach (ProducerBatch batch in queue.Sequence.InFlight) batch.AddFlush(flush);
            }

            flush.Done();
        });
        return flush.Task;
    }

    /// <summary>Ends the thread; what is not delivered fails.</summary>
    public void Stop()
    {
        Post(() => _stopped = true);
        _stopping.Cancel();
        if (Thread.CurrentThread != _thread) _thread.Join();
    }

    public void Dispose()
    {
        _signal.Dispose();
        _stopping.Dispose();
    }

    private void Post(Action action)
    {
        _events.Enqueue(action);
        Wake();
    }

    private void Run()
    {
        while (!_stopped)
        {
            _signal.Reset();
            while (_events.TryDequeue(out Action? action)) action();
            Adopt();
            long next = Step(_clock.NowMs);
            if (_stopped || !_events.IsEmpty || !_listed.IsEmpty) continue;
            long wait = next == long.MaxValue ? Timeout.Infinite : Math.Clamp(next - _clock.NowMs, 0, int.MaxValue);
            if (wait != 0) _signal.Wait((int)wait);
        }

        FailAll(new ObjectDisposedException(nameof(Producer), "the producer was closed before the record was delivered"));
    }

    private void Adopt()
    {
        while (_listed.TryDequeue(out PartitionQueue? queue)) _active.Add(queue);
    }

    /// <summary>Sends what can be sent; gives the time at which there may be more to do.</summary>
    private long Step(long now)
    {
        long next = long.MaxValue;
        bool hurry = _memory.HasWaiters;
        foreach (SenderNode node in _nodes.Values) node.Ready.Clear();
        for (int i = _active.Count - 1; i >= 0; i--)
        {
            if (!_active[i].IsIdle) continue;
            _active[i] = _active[^1];
            _active.RemoveAt(_active.Count - 1);
        }

        // Another queue first each time: a request has a limit, and none shall wait for ever behind others.
        _first = _active.Count == 0 ? 0 : (_first + 1) % _active.Count;
        for (int i = 0; i < _active.Count; i++) next = Math.Min(next, Prepare(_active[(_first + i) % _active.Count], now, hurry));
        foreach (SenderNode node in _nodes.Values)
        {
            if (node.Ready.Count > 0) next = Math.Min(next, Dispatch(node, now, hurry));
        }

        return _active.Count == 0 ? next : Math.Min(next, _metadata.Tick(now));
    }

    private long Prepare(PartitionQueue queue, long now, bool hurry)
    {
        long expiry = Expire(queue, now);
        SequenceState sequence = queue.Sequence;
        if (sequence.NeedsEpoch && !sequence.HasOutstanding) Renumber(sequence);
        if (_identity.IsWanted) AskIdentity();
        if (_cluster.View.Partition(queue.Partition) is not { Leader: >= 0 and var leader })
        {
            _metadata.Want();
            return expiry;
        }

        // Requests to a former leader are answered first, or fail: two brokers must not race with one partition's batches.
        if (queue.OutstandingNode != leader && sequence.HasOutstanding) return expiry;
        long ready = ReadyAt(queue, now, hurry);
        if (ready > now) return Math.Min(expiry, ready);
        if (!_nodes.TryGetValue(leader, out SenderNode? node)) _nodes[leader] = node = new SenderNode(leader);
        node.Ready.Add(queue);
        return expiry;
    }

    /// <summary>When the queue has something to send; never is <see cref="long.MaxValue"/>.</summary>
    private long ReadyAt(PartitionQueue queue, long now, bool hurry)
    {
        SequenceState sequence = queue.Sequence;
        if (sequence.HasRetries) return sequence.InFlight[0].State == BatchState.Retrying && !sequence.NeedsEpoch ? sequence.InFlight[0].NotBeforeMs : long.MaxValue;
        if (!_identity.IsReady || !sequence.TakesNew(_identity.Current) || queue.Peek(out bool more) is not { } head) return long.MaxValue;
        return more || hurry || head.Closed ? now : head.CreatedAtMs + (long)_options.Linger.TotalMilliseconds;
    }

    private long Dispatch(SenderNode node, long now, bool hurry)
    {
        if (node.NotBeforeMs > now) return node.NotBeforeMs;
        if (node.InFlight >= _options.MaxInFlight) return long.MaxValue;
        if (_cluster.OpenNow(node.Id, ConnectionUse.Data) is not { } connection)
        {
            Connect(node);
            return long.MaxValue;
        }

        while (node.InFlight < _options.MaxInFlight && Collect(node, now, hurry) is { Count: > 0 } batches)
        {
            node.InFlight++;
            _ = Exchange(node, new ProduceExchange(connection, _options, batches));
        }

        return long.MaxValue;
    }

    private List<ProducerBatch> Collect(SenderNode node, long now, bool hurry)
    {
        var batches = new List<ProducerBatch>();
        int bytes = 0;
        foreach (PartitionQueue queue in node.Ready)
        {
            if (ReadyAt(queue, now, hurry) > now) continue;
            ProducerBatch batch = queue.Sequence.Retry(now) ?? queue.Peek(out _)!;
            if (bytes > 0 && bytes + batch.Length > _options.RequestBytesMax) break;
            if (batch.State == BatchState.Waiting) Begin(queue);
            batch.State = BatchState.Outstanding;
            queue.OutstandingNode = node.Id;
            bytes += batch.Length;
            batches.Add(batch);
        }

        return batches;
    }

    private void Begin(PartitionQueue queue)
    {
        ProducerBatch batch = queue.Take();
        _topics.Find(queue.Partition.Topic)?.BatchLeft(queue);
        batch.Finish(_options.Compression, _options.CompressionLevel);
        queue.Sequence.Begin(batch, _identity.Current);
    }

    private async Task Exchange(SenderNode node, ProduceExchange exchange)
    {
        try
        {
            await exchange.RunAsync(topic => _cluster.View.Topic(topic)?.Id ?? Uuid.Zero, CancellationToken.None).ConfigureAwait(false);
            Post(() => Conclude(node, exchange, null));
        }
        catch (BrokerUnreachableException e)
        {
            Post(() => Conclude(node, exchange, new BatchAnswer(ErrorCode.NetworkException, e.Message, -1, -1)));
        }
        catch (Exception e) when (e is KafkaException or MessageFieldException)
        {
            ErrorCode code = e is KafkaException refused ? refused.Code : ErrorCode.InvalidRequest;
            Post(() => Conclude(node, exchange, new BatchAnswer(code, e.Message, -1, -1)));
        }
        catch (Exception e)
        {
            // A fault of this program: whoever sent the records learns of it, instead of waiting for ever.
            Post(() => Conclude(node, exchange, new BatchAnswer(ErrorCode.UnknownServerError, e.ToString(), -1, -1)));
        }
    }

    private void Conclude(SenderNode node, ProduceExchange exchange, BatchAnswer? forAll)
    {
        node.InFlight--;
        long now = _clock.NowMs;
        if (exchange.ThrottleMs > 0) node.NotBeforeMs = now + exchange.ThrottleMs;
        foreach (ProducerBatch batch in exchange.Batches) Conclude(batch, forAll ?? exchange.AnswerFor(batch), now);
    }

    private void Conclude(ProducerBatch batch, BatchAnswer answer, long now)
    {
        SequenceState sequence = batch.Queue.Sequence;
        TopicPartition partition = batch.Queue.Partition;
        if (batch.State == BatchState.Done)
        {
            // Given up while its request was on the way.
            sequence.InFlight.Remove(batch);
            _memory.Give(batch.Reserved);
            return;
        }

        if (answer.Error is ErrorCode.None or ErrorCode.DuplicateSequenceNumber)
        {
            sequence.Acknowledge(batch);
            long offset = answer.Error == ErrorCode.None ? answer.BaseOffset : -1;
            Complete(batch, new RecordMetadata(partition.Topic, partition.Partition, offset, answer.LogAppendTimeMs), null);
            return;
        }

        // A part of what may be written already would be new to the broker: such a batch fails whole.
        if (answer.Error == ErrorCode.MessageTooLarge && batch.Count > 1 && !batch.MayBeWritten)
        {
            sequence.Split(batch, _options.CompressionLevel);
            return;
        }

        batch.MayBeWritten |= answer.Error is ErrorCode.NetworkException or ErrorCode.RequestTimedOut or ErrorCode.NotEnoughReplicasAfterAppend or ErrorCode.UnknownServerError;
        batch.Failures++;
        batch.State = BatchState.Retrying;
        batch.NotBeforeMs = now + (long)_backoff.After(batch.Failures).TotalMilliseconds;
        if (answer.Error.IsRetriable()) _metadata.Want();
        bool mayRetry = batch.Failures <= _options.Retries && now < batch.CreatedAtMs + (long)_options.DeliveryTimeout.TotalMilliseconds;
        if (sequence.Judge(batch, answer.Error) == Verdict.Retry && mayRetry) return;
        GiveUp(batch, KafkaException.For(answer.Error, answer.Message, $"writing {batch.Count} records to {partition}"));
    }

    private long Expire(PartitionQueue queue, long now)
    {
        long timeout = (long)_options.DeliveryTimeout.TotalMilliseconds;
        long next = long.MaxValue;
        for (int i = 0; i < queue.Sequence.InFlight.Count; i++)
        {
            ProducerBatch batch = queue.Sequence.InFlight[i];
            if (batch.State != BatchState.Retrying) continue;
            if (now < batch.CreatedAtMs + timeout) next = Math.Min(next, batch.CreatedAtMs + timeout);
            else GiveUp(queue.Sequence.InFlight[i--], TimedOut(batch));
        }

        while (queue.Peek(out _) is { } head)
        {
            if (now < head.CreatedAtMs + timeout) return Math.Min(next, head.CreatedAtMs + timeout);
            Complete(queue.Take(), new RecordMetadata(queue.Partition.Topic, queue.Partition.Partition, -1, -1), TimedOut(head));
        }

        return next;
    }

    private TimeoutException TimedOut(ProducerBatch batch)
    {
        string tried = batch.Failures == 0 ? "it was never sent: no leader could be reached" : $"{batch.Failures} attempts failed";
        return new TimeoutException($"{batch.Count} records for {batch.Queue.Partition} were not delivered within {_options.DeliveryTimeout.TotalSeconds:0.#} s; {tried}");
    }

    private void GiveUp(ProducerBatch batch, Exception error)
    {
        batch.Queue.Sequence.GiveUp(batch);
        Complete(batch, new RecordMetadata(batch.Queue.Partition.Topic, batch.Queue.Partition.Partition, -1, -1), error);
    }

    private void Complete(ProducerBatch batch, RecordMetadata first, Exception? error)
    {
        batch.Complete(first, error);
        _memory.Give(batch.Reserved);
    }

    private void Renumber(SequenceState sequence)
    {
        _identity.Renew(sequence.Identity);
        if (_identity.Current.IsKnown) sequence.Renumber(_identity.Current);
    }

    private void AskIdentity()
    {
        if (_asking) return;
        _asking = true;
        _ = Ask();

        async Task Ask()
        {
            try
            {
                ProducerIdentity identity = await _identity.AskAsync(_stopping.Token).ConfigureAwait(false);
                Post(() => (_asking, _) = (false, Accept(identity)));
            }
            catch (KafkaException e)
            {
                Post(() => FailAll(Interlocked.Exchange(ref _fatal, e) ?? e));
            }
            catch (OperationCanceledException)
            {
                // The producer is closed.
            }
        }
    }

    private bool Accept(ProducerIdentity identity)
    {
        _identity.Set(identity);
        return true;
    }

    private void Connect(SenderNode node)
    {
        if (node.Connecting) return;
        node.Connecting = true;
        _ = Open();

        async Task Open()
        {
            try
            {
                await _cluster.NodeAsync(node.Id, ConnectionUse.Data, _stopping.Token).ConfigureAwait(false);
                Post(() => node.Connecting = false);
            }
            catch (BrokerUnreachableException)
            {
                // The next attempt waits by itself; meanwhile another broker may know a new leader.
                Post(() =>
                {
                    node.Connecting = false;
                    _metadata.Want();
                });
            }
            catch (OperationCanceledException)
            {
                // The producer is closed.
            }
        }
    }

    private void FailAll(Exception error)
    {
        Adopt();
        var left = new List<ProducerBatch>();
        foreach (PartitionQueue queue in _active)
        {
            left.AddRange(queue.Sequence.InFlight.Where(b => b.State != BatchState.Outstanding));
            while (queue.Peek(out _) is not null) left.Add(queue.Take());
            // What is outstanding keeps its buffer: the network may still read it.
            foreach (ProducerBatch batch in queue.Sequence.InFlight.Where(b => b.State == BatchState.Outstanding)) batch.Abandon(error);
        }

        foreach (ProducerBatch batch in left) GiveUp(batch, error);
    }
}
