using Sluice.Client.Cluster;

namespace Sluice.Client.Producing;

/// <summary>A topic that a producer writes, with a queue for each partition once its metadata is known.</summary>
internal sealed class ProducerTopic(string name, ProducerOptions options, BufferMemory memory) : IDisposable
{
    /// <summary>A batch that leaves half empty lets records move on to another partition only after so many bytes, lest every linger makes a small batch elsewhere.</summary>
    private const int StickyBytesMin = 16 * 1024;

    private volatile PartitionQueue[] _queues = [];
    private volatile int[] _available = [];
    private volatile int _sticky = -1;

    public string Name { get; } = name;

    /// <summary>By partition; empty while the topic is unknown.</summary>
    public PartitionQueue[] Queues => _queues;

    /// <summary>Sends that wait, for the topic or for memory: later ones stand in line behind them, so that the order of calls stays.</summary>
    public int Waiting;

    /// <summary>Lets one waiting send go on after the other.</summary>
    public SemaphoreSlim Line { get; } = new(1, 1);

    /// <summary>Takes note of partitions and leaders. On any thread.</summary>
    public void Update(TopicView view)
    {
        lock (Line)
        {
            PartitionQueue[] old = _queues;
            if (view.Partitions.Length > old.Length)
            {
                var queues = new PartitionQueue[view.Partitions.Length];
                old.CopyTo(queues, 0);
                for (int i = old.Length; i < queues.Length; i++) queues[i] = new PartitionQueue(new TopicPartition(Name, i), options, memory);
                _queues = queues;
            }

            _available = [.. Enumerable.Range(0, _queues.Length).Where(i => i < view.Partitions.Length && view.Partitions[i].Leader >= 0)];
        }
    }

    /// <summary>The queue for a record; null when the topic, or the partition that the record names, is not known.</summary>
    /// <exception cref="InvalidOperationException">The partitioner chose a partition that does not exist.</exception>
    public PartitionQueue? QueueFor(in ProducerRecord record)
    {
        PartitionQueue[] queues = _queues;
        if (record.Partition is { } named) return (uint)named < (uint)queues.Length ? queues[named] : null;
        if (queues.Length == 0) return null;
        int chosen = options.Partitioner.Choose(Name, record.Key.GetValueOrDefault().Span, record.Key.HasValue, queues.Length);
        if ((uint)chosen < (uint)queues.Length) return queues[chosen];
        return chosen == Partitioner.Any ? Sticky(queues) : throw new InvalidOperationException(
            $"the partitioner chose partition {chosen} of topic '{Name}', which has {queues.Length}: it must give 0 to {queues.Length - 1} or Partitioner.Any");
    }

    /// <summary>Counts bytes of a record that could have gone anywhere; a full batch's worth moves on to another partition.</summary>
    public void CountSticky(PartitionQueue queue, int bytes)
    {
        // Threads may count over each other: it is a balance, not an account.
        queue.StickyBytes += bytes;
        if (queue.StickyBytes >= options.BatchBytes) MoveOn(queue);
    }

    /// <summary>A batch of the queue left before it was full.</summary>
    public void BatchLeft(PartitionQueue queue)
    {
        if (queue.StickyBytes >= Math.Min(StickyBytesMin, options.BatchBytes)) MoveOn(queue);
    }

    /// <summary>Waits until all who stand in line now have gone on.</summary>
    public async Task PassLineAsync()
    {
        if (Volatile.Read(ref Waiting) == 0) return;
        await Line.WaitAsync().ConfigureAwait(false);
        Line.Release();
    }

    public void Dispose()
    {
        // Who still stands in line goes on to see that the producer has ended. Nobody asked for a wait handle, so nothing leaks.
        if (Volatile.Read(ref Waiting) == 0) Line.Dispose();
    }

    private PartitionQueue Sticky(PartitionQueue[] queues)
    {
        int sticky = _sticky;
        if ((uint)sticky < (uint)queues.Length) return queues[sticky];
        return queues[_sticky = Another(-1)];
    }

    private void MoveOn(PartitionQueue queue)
    {
        queue.StickyBytes = 0;
        if (_sticky == queue.Partition.Partition) _sticky = Another(queue.Partition.Partition);
    }

    private int Another(int than)
    {
        int[] available = _available;
        if (available.Length == 0) return Random.Shared.Next(_queues.Length);
        int chosen = available[Random.Shared.Next(available.Length)];
        // With few partitions a second throw keeps the bytes from piling up on one.
        return chosen == than && available.Length > 1 ? available[(Array.IndexOf(available, chosen) + 1) % available.Length] : chosen;
    }
}
