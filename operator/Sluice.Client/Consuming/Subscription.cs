using System.Diagnostics.CodeAnalysis;

namespace Sluice.Client.Consuming;

/// <summary>The partitions that a consumer reads and how far it is in each. Safe for the fetcher and the program at once.</summary>
internal sealed class Subscription
{
    private readonly Dictionary<TopicPartition, PartitionState> _partitions = [];
    private readonly List<PartitionState> _order = [];
    private int _nextToPoll;
    private long _buffered;

    /// <summary>Guards everything in here and in the partitions' states.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Something that fetching or polling may wait for has changed.</summary>
    public Pulse Changed { get; } = new();

    /// <summary>Bytes that are fetched and not returned.</summary>
    public long BufferedBytes
    {
        get
        {
            lock (Lock) return _buffered;
        }
    }

    public IReadOnlyCollection<TopicPartition> Assigned
    {
        get
        {
            lock (Lock) return [.. _partitions.Keys];
        }
    }

    /// <summary>Makes these the partitions that are read; those that were there before keep their positions.</summary>
    public void Assign(IEnumerable<TopicPartition> partitions)
    {
        lock (Lock)
        {
            var wanted = partitions.ToHashSet();
            foreach (PartitionState gone in _order.Where(p => !wanted.Contains(p.Partition)).ToList())
            {
                _buffered -= gone.BufferedBytes;
                gone.MoveTo(null);
                _partitions.Remove(gone.Partition);
                _order.Remove(gone);
            }

            foreach (TopicPartition partition in wanted)
            {
                if (_partitions.ContainsKey(partition)) continue;
                var state = new PartitionState(partition);
                _partitions.Add(partition, state);
                _order.Add(state);
            }
        }

        Changed.Set();
    }

    /// <summary>The partition's state; null when it is not assigned.</summary>
    public PartitionState? Find(TopicPartition partition)
    {
        lock (Lock) return _partitions.GetValueOrDefault(partition);
    }

    /// <exception cref="InvalidOperationException">The partition is not assigned to this consumer.</exception>
    public PartitionState Get(TopicPartition partition) =>
        Find(partition) ?? throw new InvalidOperationException($"{partition} is not assigned to this consumer; it has {string.Join(", ", Assigned.Order())}");

    /// <summary>All states; under the lock.</summary>
    public IReadOnlyList<PartitionState> States => _order;

    /// <summary>Goes on elsewhere in a partition.</summary>
    public void MoveTo(PartitionState state, OffsetAndEpoch? position)
    {
        lock (Lock)
        {
            _buffered -= state.BufferedBytes;
            state.MoveTo(position);
        }

        Changed.Set();
    }

    /// <summary>Throws away what was fetched and not returned. Under the lock.</summary>
    public void Rewind(PartitionState state)
    {
        _buffered -= state.BufferedBytes;
        state.Rewind();
    }

    /// <summary>Adds what was fetched, unless the partition went elsewhere meanwhile.</summary>
    public bool TryAdd(PartitionState state, int generation, FetchedChunk chunk)
    {
        lock (Lock)
        {
            if (state.Generation != generation || Find(state.Partition) != state) return false;
            state.Fetched(chunk.NextFetch);
            state.Chunks.Enqueue(chunk);
            state.BufferedBytes += chunk.Bytes;
            _buffered += chunk.Bytes;
            return true;
        }
    }

    /// <summary>Takes records of the partition whose turn it is.</summary>
    /// <param name="max">The most records.</param>
    /// <param name="records">At least one record.</param>
    /// <exception cref="KafkaException">A batch is damaged; the position stays before it.</exception>
    public bool TryTake(int max, [NotNullWhen(true)] out ConsumedRecords? records)
    {
        lock (Lock)
        {
            for (int i = 0; i < _order.Count; i++)
            {
                PartitionState state = _order[(_nextToPoll + i) % _order.Count];
                if (state.IsPaused || state.Chunks.Count == 0) continue;
                records = Take(state, max);
                if (records is null) continue;
                // A partition is read to the end of what was fetched before the next has its turn, as in Java's consumer.
                _nextToPoll = (_nextToPoll + i + (state.Chunks.Count == 0 ? 1 : 0)) % _order.Count;
                return true;
            }
        }

        records = null;
        return false;
    }

    private ConsumedRecords? Take(PartitionState state, int max)
    {
        ConsumedRecords? records = null;
        while (state.Chunks.TryPeek(out FetchedChunk? chunk))
        {
            records ??= new ConsumedRecords(state.Partition, Math.Min(max, Math.Max(1, chunk.Count)));
            long next = chunk.Take(records, Math.Min(max, Math.Max(1, chunk.Count)));
            state.Advance(new OffsetAndEpoch(next, chunk.LeaderEpoch));
            if (chunk.IsDone)
            {
                state.Chunks.Dequeue();
                state.BufferedBytes -= chunk.Bytes;
                _buffered -= chunk.Bytes;
                chunk.Dispose();
                Changed.Set();
            }

            if (records.Count > 0) return records;
        }

        // Only control batches, or records before the position.
        records?.Dispose();
        return null;
    }
}
