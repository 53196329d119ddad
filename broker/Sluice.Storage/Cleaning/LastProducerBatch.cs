using Sluice.Protocol.Batches;
using Sluice.Storage.Producers;

namespace Sluice.Storage.Cleaning;

/// <summary>The newest that a log has of a producer: a batch of data, or else only a marker of its epoch.</summary>
/// <param name="LastOffset">Last offset of the batch, -1 when there is only a marker.</param>
/// <param name="Epoch">The producer's epoch.</param>
internal readonly record struct LastProducerBatch(long LastOffset, short Epoch)
{
    /// <summary>Whether a batch must stay, if without records, for the sequence number or the epoch that the producer goes on from.</summary>
    public bool IsIn(in RecordBatch batch) => LastOffset >= 0 ? batch.LastOffset == LastOffset : batch.IsControl && batch.ProducerEpoch == Epoch;

    /// <summary>That of every producer that is remembered.</summary>
    public static Dictionary<long, LastProducerBatch> Of(ProducerStateManager producers)
    {
        var last = new Dictionary<long, LastProducerBatch>(producers.Count);
        foreach (ProducerEntry entry in producers.Entries)
            last[entry.ProducerId] = new LastProducerBatch(entry.Batches.IsEmpty ? -1 : entry.Batches[^1].LastOffset, entry.Epoch);
        return last;
    }
}
