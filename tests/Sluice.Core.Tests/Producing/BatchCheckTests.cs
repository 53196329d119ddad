using System.Buffers.Binary;
using Sluice.Core.Producing;
using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Sluice.Core.Tests.Producing;

public sealed class BatchCheckTests
{
    private const long Now = 1_800_000_000_000;
    private static readonly AppendRules Rules = new();

    private static BatchRefusal? Prepare(byte[] records, AppendRules? rules = null, short version = 9) => Prepare(records, out _, rules, version);

    private static BatchRefusal? Prepare(byte[] records, out byte[] result, AppendRules? rules = null, short version = 9)
    {
        using var rewriter = new BatchRewriter(128 * 1024 * 1024);
        BatchRefusal? refusal = rewriter.Prepare(records, version, rules ?? Rules, Now, mayTakeLong: true, out Memory<byte> batch);
        result = batch.ToArray();
        return refusal;
    }

    private static byte[] Changed(byte[] batch, Action<byte[]> change, bool newCrc = true)
    {
        change(batch);
        if (newCrc) BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(21)));
        return batch;
    }

    [Fact]
    public void A_good_batch_passes_untouched()
    {
        byte[] batch = TestBatches.Batch(["a", "b"]);
        Assert.Null(Prepare([.. batch], out byte[] result));
        Assert.Equal(batch, result);
    }

    [Fact]
    public void Nothing_at_all_is_refused() => Assert.Equal(ErrorCode.InvalidRecord, Prepare([])!.Code);

    [Fact]
    public void A_truncated_batch_is_refused() => Assert.Equal(ErrorCode.InvalidRecord, Prepare(TestBatches.Batch(["a"])[..^1])!.Code);

    [Fact]
    public void An_incomplete_second_batch_is_dropped()
    {
        Assert.Null(Prepare([.. TestBatches.Batch(["a"]), .. TestBatches.Batch(["b"])[..70]], out byte[] result));
        Assert.Equal(TestBatches.Batch(["a"]), result);
    }

    [Fact]
    public void Two_batches_are_refused() =>
        Assert.Equal(ErrorCode.InvalidRecord, Prepare([.. TestBatches.Batch(["a"]), .. TestBatches.Batch(["b"])])!.Code);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Message_sets_of_old_formats_are_refused(byte magic) =>
        Assert.Equal(ErrorCode.InvalidRecord, Prepare(Changed(TestBatches.Batch(["a"]), b => b[16] = magic))!.Code);

    [Fact]
    public void A_format_that_nobody_knows_is_corrupt() =>
        Assert.Equal(ErrorCode.CorruptMessage, Prepare(Changed(TestBatches.Batch(["a"]), b => b[16] = 3))!.Code);

    [Fact]
    public void A_flipped_bit_is_found() =>
        Assert.Equal(ErrorCode.CorruptMessage, Prepare(Changed(TestBatches.Batch(["a"]), b => b[^1] ^= 1, newCrc: false))!.Code);

    [Theory]
    [InlineData(-1)]
    [InlineData(10)]
    [InlineData(48)]
    public void A_length_below_a_header_is_corrupt(int length) =>
        Assert.Equal(ErrorCode.CorruptMessage, Prepare(Changed(TestBatches.Batch(["a"]), b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(8), length)))!.Code);

    [Fact]
    public void A_batch_larger_than_max_message_bytes_is_refused() =>
        Assert.Equal(ErrorCode.MessageTooLarge, Prepare(TestBatches.Batch([new string('x', 1000)]), Rules with { MaxMessageBytes = 1000 })!.Code);

    [Fact]
    public void A_batch_larger_than_a_segment_is_refused() =>
        Assert.Equal(ErrorCode.RecordListTooLarge, Prepare(TestBatches.Batch([new string('x', 1000)]), Rules with { SegmentBytes = 1000 })!.Code);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(-1)]
    public void A_count_that_does_not_fit_the_offsets_is_refused(int count) =>
        Assert.Equal(ErrorCode.InvalidRecord, Prepare(Changed(TestBatches.Batch(["a", "b"]), b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(57), count)))!.Code);

    [Fact]
    public void Clients_cannot_set_offsets() =>
        Assert.Equal(ErrorCode.InvalidRecord, Prepare(Changed(TestBatches.Batch(["a"]), b => BinaryPrimitives.WriteInt64BigEndian(b, 5)))!.Code);

    [Fact]
    public void Control_batches_are_refused() => Assert.Equal(ErrorCode.InvalidRecord, Prepare(TestBatches.Batch(["a"], control: true))!.Code);

    [Fact]
    public void Transactional_batches_are_refused_while_there_are_no_transactions() =>
        Assert.Equal(ErrorCode.InvalidTxnState, Prepare(TestBatches.Batch(["a"], producerId: 1, epoch: 0, sequence: 0, transactional: true))!.Code);

    [Fact]
    public void A_producer_id_without_a_sequence_is_refused() =>
        Assert.Equal(ErrorCode.InvalidRecord, Prepare(TestBatches.Batch(["a"], producerId: 1, epoch: 0, sequence: -1))!.Code);

    [Theory]
    [InlineData(6, ErrorCode.UnsupportedCompressionType)]
    [InlineData(7, ErrorCode.None)]
    public void Zstd_needs_version_7(short version, ErrorCode expected) =>
        Assert.Equal(expected, Prepare(TestBatches.Batch(["a"], codec: CompressionCodec.Zstd), version: version)?.Code ?? ErrorCode.None);

    [Fact]
    public void A_compacted_topic_names_the_records_without_key()
    {
        BatchRefusal refusal = Prepare(TestBatches.Batch(["a", "b"], keys: false), Rules with { RequiresKeys = true })!;
        Assert.Equal(ErrorCode.InvalidRecord, refusal.Code);
        Assert.Equal([0, 1], refusal.RecordErrors!.Select(e => e.BatchIndex));
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    public void A_compacted_topic_takes_records_with_keys_in_any_codec(CompressionCodec codec) =>
        Assert.Null(Prepare(TestBatches.Batch(["a", "b"], codec: codec), Rules with { RequiresKeys = true }));

    [Theory]
    [InlineData(3_600_000, true)]
    [InlineData(3_600_001, false)]
    public void A_timestamp_may_lie_an_hour_ahead(long ahead, bool accepted)
    {
        BatchRefusal? refusal = Prepare(TestBatches.Batch(["a"], Now + ahead));
        Assert.Equal(accepted, refusal is null);
        if (refusal is null) return;
        Assert.Equal(ErrorCode.InvalidTimestamp, refusal.Code);
        Assert.Equal(0, Assert.Single(refusal.RecordErrors!).BatchIndex);
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    public void A_timestamp_may_lie_as_far_back_as_the_topic_says(long back, bool accepted) =>
        Assert.Equal(accepted, Prepare(TestBatches.Batch(["a"], Now - back), Rules with { TimestampBeforeMaxMs = 1000 }) is null);

    [Fact]
    public void A_topic_with_append_time_sets_the_time_and_the_checksum()
    {
        Assert.Null(Prepare(TestBatches.Batch(["a"], Now - 5000), out byte[] result, Rules with { TimestampType = TimestampType.LogAppendTime }));
        var batch = new RecordBatch(result);
        Assert.Equal(BatchError.None, batch.Validate());
        Assert.Equal(TimestampType.LogAppendTime, batch.TimestampType);
        Assert.Equal(Now, batch.MaxTimestamp);
    }

    [Theory]
    [InlineData(CompressionCodec.None, CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Gzip, CompressionCodec.None)]
    [InlineData(CompressionCodec.Lz4, CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Zstd, CompressionCodec.Snappy)]
    public void A_topic_with_a_codec_of_its_own_stores_the_same_records_in_it(CompressionCodec from, CompressionCodec to)
    {
        string[] values = [.. Enumerable.Range(0, 50).Select(i => $"value {i}")];
        Assert.Null(Prepare(TestBatches.Batch(values, codec: from, producerId: 3, epoch: 1, sequence: 7), out byte[] result, Rules with { Compression = to }));
        var batch = new RecordBatch(result);
        Assert.Equal(BatchError.None, batch.ValidateFromClient());
        Assert.Equal(result.Length, batch.SizeInBytes);
        Assert.Equal(to, batch.Codec);
        Assert.Equal((3L, (short)1, 7), (batch.ProducerId, batch.ProducerEpoch, batch.BaseSequence));
        using var body = new PooledBuffer();
        Codecs.Decompress(batch.Codec, batch.Body, body, new DecompressionLimit(1 << 20));
        var reader = new RecordReader(body.WrittenSpan, 50);
        foreach (string value in values)
        {
            Assert.True(reader.TryRead(out Protocol.Batches.Record record));
            Assert.Equal(value, System.Text.Encoding.UTF8.GetString(record.Value));
        }
    }

    [Fact]
    public void Damaged_compressed_records_are_refused_where_they_have_to_be_decoded() =>
        Assert.Equal(ErrorCode.InvalidRecord, Prepare(Changed(TestBatches.Batch(["a"], codec: CompressionCodec.Gzip), b => b[^6] ^= 0xFF), Rules with { RequiresKeys = true })!.Code);

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Zstd)]
    public void A_header_that_lies_about_the_largest_timestamp_is_set_right(CompressionCodec codec)
    {
        byte[] batch = TestBatches.Batch(["a", "b"], Now - 5, codec);
        byte[] lying = Changed([.. batch], b => BinaryPrimitives.WriteInt64BigEndian(b.AsSpan(35), Now + 1_000));
        Assert.Null(Prepare(lying, out byte[] result));
        Assert.Equal(batch, result);
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    public void Records_that_are_none_are_refused_whatever_their_checksum_says(CompressionCodec codec)
    {
        foreach (byte[] body in new byte[][] { [], [1, 2, 3], new byte[64], [.. Body(["a"]), 0], Body(["a", "b", "c"]), Body(["a", "b"])[..^1], [.. Body(["a"]), .. Body(["b"])] })
            Assert.Equal(ErrorCode.InvalidRecord, Prepare(WithBody(body, codec))!.Code);
        Assert.Null(Prepare(WithBody(Body(["a", "b"]), codec)));
    }

    [Fact]
    public void A_body_that_cannot_be_decompressed_is_refused() =>
        Assert.Equal(ErrorCode.InvalidRecord, Prepare(Changed(TestBatches.Batch(["a"], codec: CompressionCodec.Gzip), b => b[RecordBatch.HeaderSize] ^= 0x55))!.Code);

    private static byte[] Body(string[] values) => TestBatches.Batch(values)[RecordBatch.HeaderSize..];

    /// <summary>A batch of two records by its header, with any body.</summary>
    private static byte[] WithBody(byte[] body, CompressionCodec codec)
    {
        using var compressed = new PooledBuffer();
        Codecs.Compress(codec, body, compressed);
        byte[] batch = [.. TestBatches.Batch(["a", "b"])[..RecordBatch.HeaderSize], .. compressed.WrittenSpan];
        return Changed(batch, b =>
        {
            BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(8), b.Length - RecordBatch.LengthOverhead);
            BinaryPrimitives.WriteInt16BigEndian(b.AsSpan(21), (short)codec);
        });
    }
}
