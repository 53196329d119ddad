namespace Sluice.Storage.Producers;

/// <summary>What is remembered of a batch of an idempotent producer.</summary>
internal readonly record struct ProducerBatch(int LastSequence, long LastOffset, int OffsetDelta, long Timestamp)
{
    public int FirstSequence => (int)(((long)LastSequence - OffsetDelta) & int.MaxValue);

    public long FirstOffset => LastOffset - OffsetDelta;
}

/// <summary>State of one producer in one partition: its epoch, its last batches, its open transaction.</summary>
internal sealed class ProducerEntry(long producerId)
{
    /// <summary>As many as a client may have in flight with idempotence.</summary>
    public const int BatchesMax = 5;

    private readonly ProducerBatch[] _batches = new ProducerBatch[PlantedFaults.Has(PlantedFault.DuplicatesOfFourBatches) ? 4 : BatchesMax];
    private int _count;

    public long ProducerId { get; } = producerId;

    public short Epoch { get; set; } = -1;

    public int CoordinatorEpoch { get; set; } = -1;

    public long LastTimestamp { get; set; } = -1;

    /// <summary>First offset of the open transaction, or -1.</summary>
    public long TransactionFirstOffset { get; set; } = -1;

    public ReadOnlySpan<ProducerBatch> Batches => _batches.AsSpan(0, _count);

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
}
