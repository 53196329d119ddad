using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Cleaning;

/// <summary>
/// Decides what stays of each batch, by the rules of Kafka's Cleaner: of each key the last record; a record without value (a tombstone)
/// until its batch's delete horizon, which the first cleaning that meets it sets (KIP-534); of a producer the last batch, if without
/// records; transaction markers as long as anything of the transaction is there, then until their delete horizon.
/// </summary>
internal sealed class BatchFilter : IDisposable
{
    /// <summary>What a batch may grow to when it is decoded; the same bound held when it was appended to a compacted topic.</summary>
    internal static readonly DecompressionLimit Limit = new(128 * 1024 * 1024);

    private readonly OffsetMap _map;
    private readonly CleanedTransactions _transactions;
    private readonly Dictionary<long, LastProducerBatch> _producers;
    private readonly CleaningStatistics _statistics;
    private readonly long _nowMs;
    private readonly long _deleteRetentionMs;
    private readonly PooledBuffer _body = new();
    private readonly BatchReduction _reduction = new();
    private readonly byte[] _empty = new byte[RecordBatch.HeaderSize];
    private readonly bool _dropsTombstonesEarly = PlantedFaults.Has(PlantedFault.TombstonesDroppedEarly);
    private bool[] _stays = new bool[64];

    /// <param name="map">The last offset of each key.</param>
    /// <param name="transactions">The log's transactions.</param>
    /// <param name="producers">The newest of each producer.</param>
    /// <param name="statistics">Counts what is read and kept.</param>
    /// <param name="nowMs">The time of the cleaning.</param>
    /// <param name="deleteRetentionMs"><c>delete.retention.ms</c>.</param>
    public BatchFilter(OffsetMap map, CleanedTransactions transactions, Dictionary<long, LastProducerBatch> producers,
        CleaningStatistics statistics, long nowMs, long deleteRetentionMs)
    {
        _map = map;
        _transactions = transactions;
        _producers = producers;
        _statistics = statistics;
        _nowMs = nowMs;
        _deleteRetentionMs = deleteRetentionMs;
    }

    /// <summary>What to write for a batch: itself, a smaller one, or nothing. Batches come in the order of the log.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="isLast">Whether it ends a cleaned segment. It then stays, if without records, so that segments always meet and a hole in the log is always a loss.</param>
    /// <param name="path">The file, for errors.</param>
    /// <returns>The bytes of a batch, valid until the next call; empty for nothing.</returns>
    public ReadOnlySpan<byte> Filter(in RecordBatch batch, bool isLast, string path)
    {
        bool isFree = batch.IsControl ? _transactions.IsMarkerFree(batch) : _transactions.IsAborted(batch);
        bool losesAll = isFree && (!batch.IsControl || (batch.HasDeleteHorizon && batch.BaseTimestamp <= _nowMs));
        bool staysEmpty = isLast || (batch.HasProducerId && _producers.TryGetValue(batch.ProducerId, out LastProducerBatch last) && last.IsIn(batch));
        _statistics.BytesRead += batch.SizeInBytes;
        _statistics.RecordsRead += batch.RecordCount;
        bool hasTombstones = false;
        int kept = losesAll ? 0 : Select(batch, path, out hasTombstones);
        if (kept == 0 && !staysEmpty)
            return default;
        ReadOnlySpan<byte> result = kept == 0 ? Empty(batch) : Rewrite(batch, kept, hasTombstones || (isFree && batch.IsControl));
        _statistics.RecordsWritten += kept;
        _statistics.BytesWritten += result.Length;
        return result;
    }

    public void Dispose()
    {
        _body.Dispose();
        _reduction.Dispose();
    }

    /// <summary>The records of a batch, decompressed; valid until the next call.</summary>
    /// <exception cref="DiskException">With <see cref="DiskErrorKind.Corrupt"/> when they cannot be decoded.</exception>
    public static ReadOnlySpan<byte> Decode(in RecordBatch batch, PooledBuffer body, string path)
    {
        if (batch.Codec == CompressionCodec.None || batch.RecordCount == 0)
            return batch.Body;
        body.Clear();
        try
        {
            Codecs.Decompress(batch.Codec, batch.Body, body, Limit);
        }
        catch (CompressionException e)
        {
            throw new DiskException(DiskErrorKind.Corrupt, path, $"the batch at offset {batch.BaseOffset} cannot be decompressed: {e.Message}", e);
        }
        return body.WrittenSpan;
    }

    /// <exception cref="DiskException">The reader met bytes that are no records.</exception>
    public static void ThrowIfMalformed(in RecordReader reader, in RecordBatch batch, string path)
    {
        if (reader.Error != BatchError.None)
            throw new DiskException(DiskErrorKind.Corrupt, path, $"the records of the batch at offset {batch.BaseOffset} are malformed");
    }

    private int Select(in RecordBatch batch, string path, out bool hasTombstones)
    {
        hasTombstones = false;
        if (_stays.Length < batch.RecordCount)
            _stays = new bool[batch.RecordCount];
        int kept = 0, index = 0;
        var reader = new RecordReader(Decode(batch, _body, path), batch.RecordCount);
        while (reader.TryRead(out Record record))
        {
            bool stays = Stays(batch, record);
            _stays[index++] = stays;
            if (!stays)
                continue;
            kept++;
            hasTombstones |= record.ValueIsNull;
        }
        ThrowIfMalformed(reader, batch, path);
        return kept;
    }

    private bool Stays(in RecordBatch batch, in Record record)
    {
        long offset = batch.BaseOffset + record.OffsetDelta;
        if (batch.IsControl || offset > _map.LatestOffset)
            return true;
        if (record.KeyIsNull)
        {
            _statistics.RecordsWithoutKey++;
            return false;
        }
        if (offset < _map.Get(record.Key))
            return false;
        return !record.ValueIsNull || (!_dropsTombstonesEarly && (!batch.HasDeleteHorizon || _nowMs < batch.BaseTimestamp));
    }

    private ReadOnlySpan<byte> Rewrite(in RecordBatch batch, int kept, bool needsHorizon)
    {
        bool setsHorizon = needsHorizon && !batch.HasDeleteHorizon;
        if (kept == batch.RecordCount && !setsHorizon)
            return batch.Bytes;
        long horizon = batch.HasDeleteHorizon ? batch.BaseTimestamp : setsHorizon ? Horizon() : -1;
        _reduction.Begin(batch, horizon);
        var reader = new RecordReader(batch.Codec == CompressionCodec.None ? batch.Body : _body.WrittenSpan, batch.RecordCount);
        for (int i = 0; reader.TryRead(out Record record); i++)
        {
            if (_stays[i])
                _reduction.Keep(record);
        }
        return _reduction.Finish();
    }

    private long Horizon() => _deleteRetentionMs > long.MaxValue - _nowMs ? long.MaxValue : _nowMs + _deleteRetentionMs;

    private ReadOnlySpan<byte> Empty(in RecordBatch batch)
    {
        BatchReduction.WriteEmpty(batch, _empty);
        return _empty;
    }
}
