using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Sluice.Core.Partitions;

/// <summary>
/// The appends of one partition whose clients wait: first for the write at the end of the turn, then, where the topic promises it, for
/// the flush. Both queues are in the order of the appends, so one fsync releases all that it covers in one pass.
/// </summary>
internal struct Acknowledgements
{
    private Queue<Waiter>? _unwritten;
    private Queue<Waiter>? _unflushed;

    /// <summary>Whether anyone waits for a flush.</summary>
    public readonly bool WaitForFlush => _unflushed is { Count: > 0 };

    /// <summary>Adds an append of this turn.</summary>
    /// <param name="waiter">Whom to tell.</param>
    /// <param name="round">The waiter's number for its wait.</param>
    /// <param name="entry">The waiter's number for the append.</param>
    /// <param name="lastOffset">The offset of the append's last record.</param>
    /// <param name="needsFlush">Whether the client waits for the topic's promise; false with acks=0.</param>
    public void Add(IAppendWaiter waiter, int round, int entry, long lastOffset, bool needsFlush) =>
        (_unwritten ??= new Queue<Waiter>()).Enqueue(new Waiter(waiter, round, entry, lastOffset, needsFlush));

    /// <summary>The turn's appends are in the file, or those from an offset on never will be.</summary>
    /// <param name="shard">The owner.</param>
    /// <param name="writtenEnd">The offset after the last record in the file.</param>
    /// <param name="promisedEnd">The offset below which the topic's promise is kept.</param>
    public void Written(Shard shard, long writtenEnd, long promisedEnd)
    {
        while (_unwritten is not null && _unwritten.TryDequeue(out Waiter waiter))
        {
            if (waiter.LastOffset >= writtenEnd) waiter.Tell(shard, ErrorCode.KafkaStorageError);
            else if (!waiter.NeedsFlush || waiter.LastOffset < promisedEnd) waiter.Tell(shard, ErrorCode.None);
            else (_unflushed ??= new Queue<Waiter>()).Enqueue(waiter);
        }
    }

    /// <summary>The topic's promise is kept up to an offset.</summary>
    public readonly void Flushed(Shard shard, long promisedEnd)
    {
        while (_unflushed is not null && _unflushed.TryPeek(out Waiter waiter) && waiter.LastOffset < promisedEnd)
        {
            _unflushed.Dequeue();
            waiter.Tell(shard, ErrorCode.None);
        }
    }

    /// <summary>Nobody's promise can be kept.</summary>
    public readonly void FailAll(Shard shard, ErrorCode error)
    {
        while (_unflushed is not null && _unflushed.TryDequeue(out Waiter waiter)) waiter.Tell(shard, error);
        while (_unwritten is not null && _unwritten.TryDequeue(out Waiter waiter)) waiter.Tell(shard, error);
    }

    private readonly record struct Waiter(IAppendWaiter Target, int Round, int Entry, long LastOffset, bool NeedsFlush)
    {
        public void Tell(Shard shard, ErrorCode error) => Target.Acknowledge(shard, Round, Entry, error);
    }
}
