using Sluice.Core.Groups.Records;
using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;
using Sluice.Storage.Disk;

namespace Sluice.Core.Groups.Coordination;

/// <summary>
/// Reads the groups of a partition from its log, piece by piece: the file is read and its records taken apart in the background, and
/// made part of the state on the shard, which serves others meanwhile.
/// </summary>
/// <remarks>
/// Offsets that a transaction committed, as Apache Kafka writes them, count from the transaction's marker on. Records of other kinds of
/// groups are left where they are.
/// </remarks>
internal sealed class GroupLoading
{
    private const int PieceBytes = 1024 * 1024;

    private readonly GroupCoordinator _coordinator;
    private readonly Partition _partition;
    private readonly Dictionary<long, List<LoadedRecord>> _open = [];
    private readonly long _end;
    private long _next;

    /// <param name="coordinator">Whose groups are read.</param>
    /// <param name="partition">The partition, online.</param>
    public GroupLoading(GroupCoordinator coordinator, Partition partition)
    {
        _coordinator = coordinator;
        _partition = partition;
        _next = partition.Log!.LogStartOffset;
        _end = partition.Log.LogEndOffset - (PlantedGroupFaults.Has(PlantedGroupFault.LoadingEndsEarly) ? 1 : 0);
    }

    /// <summary>Records that were read so far.</summary>
    public long RecordCount { get; private set; }

    /// <summary>Reads the next piece, or tells the coordinator that all is read.</summary>
    public void Continue(Shard shard)
    {
        try
        {
            if (_partition.Log is not { } log) throw new DiskException(DiskErrorKind.Failed, $"{_partition.Topic}-{_partition.Id}", "the log went offline while groups were read");
            long from = Math.Max(_next, log.LogStartOffset);
            if (from < _end && log.Read(from, PieceBytes, _end) is { Records.Length: > 0 } slice) shard.Host.RunInBackground(new Piece(this, slice.Records));
            else _coordinator.Loaded(this, null);
        }
        catch (DiskException e)
        {
            _coordinator.Loaded(this, e);
        }
    }

    private void Take(Shard shard, Piece piece)
    {
        foreach (LoadedRecord record in piece.Read)
        {
            if (record.ProducerId < 0) Replay(record);
            else if (record.Key is not null) (_open.TryGetValue(record.ProducerId, out List<LoadedRecord>? open) ? open : _open[record.ProducerId] = []).Add(record);
            else if (_open.Remove(record.ProducerId, out List<LoadedRecord>? ended) && record.IsCommit) ended.ForEach(Replay);
        }
        RecordCount += piece.Read.Count;
        _next = piece.NextOffset;
        Continue(shard);
    }

    private void Replay(LoadedRecord record) => _coordinator.Groups.Replay(record.Key!, record.Value);

    /// <summary>A record as it was read.</summary>
    /// <param name="ProducerId">The producer of the transaction that it belongs to; -1 when it belongs to none.</param>
    /// <param name="Key">The key; null in the marker that ends a transaction.</param>
    /// <param name="Value">The value; null in a tombstone.</param>
    /// <param name="IsCommit">Whether a marker says that the transaction counts.</param>
    private readonly record struct LoadedRecord(long ProducerId, IKeyedMessage? Key, IKeyedMessage? Value, bool IsCommit);

    private sealed class Piece(GroupLoading loading, Protocol.Records records) : BackgroundTask
    {
        public List<LoadedRecord> Read { get; } = [];

        public long NextOffset { get; private set; }

        public override BackgroundKind Kind => BackgroundKind.Reading;

        public override void Execute()
        {
            byte[] bytes;
            try
            {
                bytes = records.ToArray();
            }
            finally
            {
                records.Release();
            }
            RecordBatches.Enumerator batches = RecordBatches.Split(bytes);
            while (batches.MoveNext())
            {
                RecordBatch batch = batches.Current;
                if (batch.Validate() is var error and not BatchError.None) throw new GroupLogException($"the batch at offset {batch.BaseOffset} is damaged: {error}");
                GroupBatchReader.Read(batch, Add);
                NextOffset = batch.NextOffset;
            }
            if (NextOffset == 0) throw new GroupLogException($"no whole batch is where one must be: {batches.Error}");
        }

        public override void Complete(Shard shard, Exception? error)
        {
            if (error is not null) loading._coordinator.Loaded(loading, error);
            else loading.Take(shard, this);
        }

        private void Add(long producerId, IKeyedMessage? key, IKeyedMessage? value, bool isCommit) => Read.Add(new LoadedRecord(producerId, key, value, isCommit));
    }
}
