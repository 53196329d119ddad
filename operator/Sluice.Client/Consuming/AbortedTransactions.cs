using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Consuming;

/// <summary>Tells which batches of a fetch belong to aborted transactions (KIP-98): from the first offset that the broker names for a producer to that producer's abort marker.</summary>
internal sealed class AbortedTransactions
{
    private readonly Queue<FetchResponse.AbortedTransaction> _ahead;
    private readonly HashSet<long> _producers = [];

    public AbortedTransactions(List<FetchResponse.AbortedTransaction> transactions) => _ahead = new(transactions.OrderBy(t => t.FirstOffset));

    /// <summary>Whether the batch, the next one of the fetch, is left out.</summary>
    public bool Skips(RecordBatch batch)
    {
        while (_ahead.TryPeek(out FetchResponse.AbortedTransaction? next) && next.FirstOffset <= batch.LastOffset) _producers.Add(_ahead.Dequeue().ProducerId);
        if (batch.IsControl)
        {
            if (IsAbort(batch)) _producers.Remove(batch.ProducerId);
            return true;
        }

        return batch.IsTransactional && _producers.Contains(batch.ProducerId);
    }

    private static bool IsAbort(RecordBatch batch)
    {
        // Markers are never compressed; one that does not parse ends nothing.
        var reader = new RecordReader(batch.Body, batch.RecordCount);
        return batch.Codec == CompressionCodec.None && reader.TryRead(out Record record)
            && ControlRecord.TryReadType(record.Key, out ControlRecordType type) && type == ControlRecordType.Abort;
    }
}
