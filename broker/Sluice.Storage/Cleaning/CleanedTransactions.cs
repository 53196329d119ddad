using Sluice.Protocol.Batches;
using Sluice.Storage.Files;

namespace Sluice.Storage.Cleaning;

/// <summary>
/// Follows the transactions of a log while it is read from one end to the other, and says which batches were aborted and which markers
/// no batch needs any more. As Kafka's CleanedTransactionMetadata.
/// </summary>
internal sealed class CleanedTransactions
{
    private readonly HashSet<long> _committed = [];
    private readonly Dictionary<long, Ongoing> _aborted = [];
    private readonly AbortedTransaction[] _all;
    private int _next;

    /// <param name="aborted">All aborted transactions of the log.</param>
    public CleanedTransactions(IEnumerable<AbortedTransaction> aborted) => _all = [.. aborted.OrderBy(static transaction => transaction.FirstOffset)];

    /// <summary>Told of each aborted transaction whose marker stays, so that readers still skip what is left of it.</summary>
    public Action<AbortedTransaction>? OnKept { get; set; }

    /// <summary>Takes in a batch of data; true when its transaction was aborted, so that nobody may see its records.</summary>
    public bool IsAborted(in RecordBatch batch)
    {
        BeginUpTo(batch.LastOffset);
        if (!batch.IsTransactional)
            return false;
        if (_aborted.TryGetValue(batch.ProducerId, out Ongoing? ongoing))
        {
            ongoing.HasBatches = true;
            return true;
        }
        _committed.Add(batch.ProducerId);
        return false;
    }

    /// <summary>Takes in a control batch; true when no batch of its transaction is left in the log, so that it may go once its delete horizon is reached.</summary>
    public bool IsMarkerFree(in RecordBatch batch)
    {
        BeginUpTo(batch.LastOffset);
        var reader = new RecordReader(batch.Body, batch.RecordCount);
        // A marker without record was emptied by an earlier cleaning.
        if (!reader.TryRead(out Record record))
            return true;
        if (!ControlRecord.TryReadType(record.Key, out ControlRecordType type))
            return false;
        switch (type)
        {
            case ControlRecordType.Abort:
                if (!_aborted.Remove(batch.ProducerId, out Ongoing? ongoing) || !ongoing.HasBatches)
                    return true;
                OnKept?.Invoke(ongoing.Transaction);
                return false;
            case ControlRecordType.Commit:
                return !_committed.Remove(batch.ProducerId);
            default:
                return false;
        }
    }

    private void BeginUpTo(long offset)
    {
        for (; _next < _all.Length && _all[_next].FirstOffset <= offset; _next++)
            _aborted.TryAdd(_all[_next].ProducerId, new Ongoing(_all[_next]));
    }

    private sealed class Ongoing(AbortedTransaction transaction)
    {
        public AbortedTransaction Transaction { get; } = transaction;

        public bool HasBatches { get; set; }
    }
}
