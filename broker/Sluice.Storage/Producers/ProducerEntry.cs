namespace Sluice.Storage.Producers;

/// <summary>What is remembered of a batch of an idempotent producer.</summary>
internal readonly record struct ProducerBatch(int LastSequence, long LastOffset, int OffsetDelta, long Timestamp)
{
    public int FirstSequence => (int)(((long)LastSequence - OffsetDelta) & int.MaxValue);

    public long FirstOffset => LastOffset - OffsetDelta;
}

/// <summary>State of one producer in one partition: its epoch, its last batches, its open transaction.</summary>
/// <param name="producerId">The producer.</param>
/// <param name="firstOffset">Base offset of the batch that made the producer known; -1 when a snapshot did.</param>
internal sealed class ProducerEntry(long producerId, long firstOffset)
{
    /// <summary>As many as a client may have in flight with idempotence.</summary>
    public const int BatchesMax = 5;

    // One more, so that all that a client may have in flight can be taken back and the batch before is still known.
    private readonly ProducerBatch[] _batches = new ProducerBatch[(PlantedFaults.Has(PlantedFault.DuplicatesOfFourBatches) ? 4 : BatchesMax) + 1];
    private int _count;

    public long ProducerId { get; } = producerId;

    /// <summary>Base offset of the batch that made the producer known; -1 when a snapshot did.</summary>
    public long FirstOffset { get; } = firstOffset;

    public short Epoch { get; set; } = -1;

    public int CoordinatorEpoch { get; set; } = -1;

    public long LastTimestamp { get; set; } = -1;

    /// <summary>First offset of the open transaction, or -1.</summary>
    public long TransactionFirstOffset { get; set; } = -1;

    /// <summary>The newest batches, oldest first.</summary>
    public ReadOnlySpan<ProducerBatch> Batches => _count < _batches.Length ? _batches.AsSpan(0, _count) : _batches.AsSpan(1);

    /// <summary>Sequence number of the newest batch, -1 when none is known.</summary>
    public int LastSequence => _count == 0 ? -1 : _batches[_count - 1].LastSequence;

    public void SetEpoch(short epoch)
    {
        if (epoch == Epoch)
            return;
        _count = 0;
        Epoch = epoch;
    }

    public void Add(ProducerBatch batch)
    {
        if (_count == _batches.Length)
        {
            _batches.AsSpan(1).CopyTo(_batches);
            _count--;
        }
        _batches[_count++] = batch;
        LastTimestamp = batch.Timestamp;
    }

    /// <summary>Takes back the batches from an offset on.</summary>
    /// <returns>False when none is left of those that there were: what was before them is not known any more.</returns>
    public bool TryCutTo(long endOffset)
    {
        int before = _count;
        while (_count > 0 && _batches[_count - 1].LastOffset >= endOffset)
            _count--;
        if (_count == before)
            return true;
        if (_count == 0)
            return false;
        LastTimestamp = _batches[_count - 1].Timestamp;
        return true;
    }
}
