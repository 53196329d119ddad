using Sluice.Core.Partitions;
using Sluice.Core.Shards;

namespace Sluice.Core.Producing;

/// <summary>
/// A shard's batches whose records take long to look at: few bytes may hold very many. They are decoded off the shard, one at a time, so
/// that memory is bounded, and are appended when that is done; a partition's other batches wait behind its own (<see cref="Partition"/>).
/// </summary>
internal sealed class BatchPreparations(Shard shard) : IDisposable
{
    private readonly Queue<BatchPreparation> _waiting = new();
    private readonly BatchRewriter _rewriter = new(shard.Node.Limits.DecompressedBatchBytesMax);
    private BatchPreparation? _underWay;

    /// <summary>Has a batch prepared, and then appended by its part.</summary>
    public void Add(BatchPreparation preparation)
    {
        preparation.Owner = this;
        preparation.Rewriter = _rewriter;
        _waiting.Enqueue(preparation);
        StartNext();
    }

    /// <summary>Goes on with the next one; the last one's buffers are free.</summary>
    public void Finished()
    {
        _underWay = null;
        StartNext();
    }

    /// <summary>Gives the buffers back.</summary>
    public void Dispose() => _rewriter.Dispose();

    private void StartNext()
    {
        if (_underWay is not null || !_waiting.TryDequeue(out _underWay)) return;
        shard.Host.RunInBackground(_underWay);
    }
}

/// <summary>A client's batch that is decoded and checked off its shard. The frame that it lies in stays until its part is done.</summary>
/// <param name="part">The request's part that brought it.</param>
/// <param name="round">The part's round.</param>
/// <param name="entry">Which of the part's partitions.</param>
/// <param name="partition">The partition.</param>
/// <param name="records">The request's records.</param>
/// <param name="nowMs">Wall-clock time.</param>
internal sealed class BatchPreparation(ProducePart part, int round, int entry, Partition partition, Memory<byte> records, long nowMs) : BackgroundTask
{
    private readonly AppendRules _rules = partition.Settings.Rules;
    private BatchRefusal? _refusal;
    private Memory<byte> _batch;

    /// <summary>Set when it is queued.</summary>
    public BatchPreparations Owner { private get; set; } = null!;

    /// <summary>The buffers to use.</summary>
    public BatchRewriter Rewriter { private get; set; } = null!;

    /// <inheritdoc/>
    public override BackgroundKind Kind => BackgroundKind.Decoding;

    /// <inheritdoc/>
    public override void Execute() => _refusal = Rewriter.Prepare(records, part.Version, _rules, nowMs, mayTakeLong: true, out _batch);

    /// <inheritdoc/>
    public override void Complete(Shard shard, Exception? error)
    {
        if (error is not null)
        {
            shard.Apis.LogFailure(shard, $"a batch of {records.Length} bytes for {partition.Topic}-{partition.Id} could not be checked: {error.GetType().Name}: {error.Message}", error);
            _refusal = BatchRefusal.ByABug;
        }
        part.Prepared(shard, round, entry, partition, partition.AppendPrepared(shard, _refusal, _batch, Rewriter.HasRewritten));
        Owner.Finished();
        partition.GoOnAfterPreparation(shard);
    }
}
