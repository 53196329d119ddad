using System.Runtime.InteropServices;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Consuming;

/// <summary>The record batches of one partition in one Fetch answer, decoded piece by piece as polls ask.</summary>
/// <remarks>Batches of record format 2 only: brokers have written nothing else since Kafka 3.0 (KIP-724).</remarks>
internal sealed class FetchedChunk : IDisposable
{
    private static readonly DecompressionLimit Limit = new(256 * 1024 * 1024);

    private readonly TopicPartition _partition;
    private readonly FrameBuffer _frame;
    private readonly bool _checkCrcs;
    private readonly AbortedTransactions? _aborted;
    private readonly int _end;
    private int _at;
    private long _offset;
    private FrameBuffer? _body;
    private int _bodyAt;
    private int _bodyEnd;
    private int _left;
    private long _baseOffset;
    private long _lastOffset;
    private long _baseTimestamp;
    private long _appendTimestamp;

    /// <param name="partition">The partition.</param>
    /// <param name="frame">Retained for this chunk by the caller.</param>
    /// <param name="records">A slice of the frame.</param>
    /// <param name="offset">Where to begin: a batch may begin before.</param>
    /// <param name="checkCrcs">Whether checksums are verified.</param>
    /// <param name="aborted">Transactions whose records are left out; null to return all.</param>
    public FetchedChunk(
        TopicPartition partition, FrameBuffer frame, ReadOnlyMemory<byte> records, long offset, bool checkCrcs,
        List<FetchResponse.AbortedTransaction>? aborted)
    {
        _partition = partition;
        _frame = frame;
        _offset = offset;
        _checkCrcs = checkCrcs;
        _aborted = aborted is null ? null : new AbortedTransactions(aborted);
        MemoryMarshal.TryGetArray(records, out ArraySegment<byte> segment);
        _at = segment.Offset;
        _end = segment.Offset + records.Length;
        Bytes = records.Length;
        (NextFetch, Count) = Survey(records.Span, offset);
    }

    public int Bytes { get; }

    /// <summary>The offset to fetch from after this.</summary>
    public long NextFetch { get; }

    /// <summary>Records in it, more or less: those before the first offset are counted too.</summary>
    public int Count { get; }

    /// <summary>Whether everything was returned.</summary>
    public bool IsDone => _left == 0 && _at >= _end;

    /// <summary>Epoch of the leader that wrote the batch read last.</summary>
    public int LeaderEpoch { get; private set; } = -1;

    /// <summary>Moves up to so many records over; gives the offset behind them.</summary>
    /// <exception cref="KafkaException"><see cref="ErrorCode.CorruptMessage"/>: a batch is damaged; the message says where.</exception>
    public long Take(ConsumedRecords into, int capacity)
    {
        while (into.Count < capacity)
        {
            if (_left == 0 && !NextBatch()) break;
            into.Keep(_body!);
            TakeFromBatch(into, capacity);
        }

        return _offset;
    }

    public void Dispose()
    {
        _body?.Release();
        _body = null;
        _left = 0;
        _at = _end;
        _frame.Release();
    }

    /// <summary>The offset behind the last whole batch, and how many records there are.</summary>
    private static (long Next, int Count) Survey(ReadOnlySpan<byte> records, long offset)
    {
        int count = 0;
        RecordBatches.Enumerator batches = RecordBatches.Split(records);
        while (batches.MoveNext())
        {
            offset = Math.Max(offset, batches.Current.NextOffset);
            count += batches.Current.RecordCount;
        }

        return (offset, count);
    }

    private void TakeFromBatch(ConsumedRecords into, int capacity)
    {
        byte[] bytes = _body!.Array;
        while (_left > 0 && into.Count < capacity)
        {
            if (!RecordDecoder.TryRead(bytes, ref _bodyAt, _bodyEnd, out long timestampDelta, out long offsetDelta, out RecordPlaces places)) throw Damaged("its records do not parse");
            _left--;
            long offset = _baseOffset + offsetDelta;
            if (offset < _offset) continue;
            _offset = offset + 1;
            into.Add(new ConsumedRecord(bytes, offset, _appendTimestamp >= 0 ? _appendTimestamp : _baseTimestamp + timestampDelta, places));
        }

        if (_left > 0) return;
        // Compaction may have removed the last records of the batch: the next offset is behind the batch all the same.
        _offset = Math.Max(_offset, _lastOffset + 1);
        _body.Release();
        _body = null;
    }

    private bool NextBatch()
    {
        while (_at < _end)
        {
            ReadOnlySpan<byte> rest = _frame.Array.AsSpan(_at, _end - _at);
            if (rest.Length < RecordBatch.HeaderSize) break;
            var batch = new RecordBatch(rest);
            BatchError error = batch.ValidateSize();
            // The last batch of an answer may be cut; it comes whole with the next fetch.
            if (error == BatchError.Incomplete) break;
            if (error == BatchError.None && _checkCrcs) error = batch.Validate();
            if (error != BatchError.None) throw Damaged(error.ToString());
            int start = _at;
            _at += batch.SizeInBytes;
            if (Open(batch, start)) return true;
            _offset = Math.Max(_offset, batch.NextOffset);
        }

        _at = _end;
        return false;
    }

    private bool Open(RecordBatch batch, int start)
    {
        LeaderEpoch = batch.PartitionLeaderEpoch;
        if (_aborted is not null && _aborted.Skips(batch)) return false;
        if (batch.IsControl || batch.NextOffset <= _offset || batch.RecordCount == 0) return false;
        if (batch.Codec == CompressionCodec.None)
        {
            _body = _frame;
            _frame.Retain();
            (_bodyAt, _bodyEnd) = (start + RecordBatch.HeaderSize, start + batch.SizeInBytes);
        }
        else
        {
            _body = Decompress(batch);
            (_bodyAt, _bodyEnd) = (0, _body.Length);
        }

        _left = batch.RecordCount;
        _baseOffset = batch.BaseOffset;
        _lastOffset = batch.LastOffset;
        _baseTimestamp = batch.BaseTimestamp;
        _appendTimestamp = batch.TimestampType == TimestampType.LogAppendTime ? batch.MaxTimestamp : -1;
        return true;
    }

    private FrameBuffer Decompress(RecordBatch batch)
    {
        using var output = new PooledBuffer();
        try
        {
            Codecs.Decompress(batch.Codec, batch.Body, output, Limit);
        }
        catch (CompressionException e)
        {
            throw Damaged(e.Message);
        }

        FrameBuffer body = FrameBuffer.Rent(output.Length);
        output.WrittenSpan.CopyTo(body.Array);
        return body;
    }

    private KafkaException Damaged(string why) => new(
        ErrorCode.CorruptMessage, $"a batch of {_partition} at offset {_offset} or behind it can't be read: {why}; seek behind it to go on without");
}
