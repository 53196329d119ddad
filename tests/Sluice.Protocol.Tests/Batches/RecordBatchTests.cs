using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Record = Sluice.Protocol.Batches.Record;

namespace Sluice.Protocol.Tests.Batches;

public class RecordBatchTests
{
    private static byte[] Batch(int records = 3, CompressionCodec codec = CompressionCodec.None, long baseOffset = 0)
    {
        using var builder = new RecordBatchBuilder { Codec = codec, BaseOffset = baseOffset };
        for (int i = 0; i < records; i++)
            builder.Append(1000 + i, Encoding.UTF8.GetBytes($"key-{i}"), Encoding.UTF8.GetBytes($"value-{i}"));
        return builder.Build();
    }

    [Fact]
    public void A_built_batch_reads_back_field_by_field()
    {
        using var builder = new RecordBatchBuilder
        {
            BaseOffset = 42, PartitionLeaderEpoch = 7, ProducerId = 9, ProducerEpoch = 2, BaseSequence = 100, IsTransactional = true,
        };
        builder.Append(5000, [1, 2], null);
        builder.Append(4000, null, new byte[] { 3 }, [new RecordHeader("h", new byte[] { 9 }), new RecordHeader("n", null)]);
        byte[] bytes = builder.Build();

        var batch = new RecordBatch(bytes);
        Assert.Equal(BatchError.None, batch.Validate());
        Assert.Equal(42, batch.BaseOffset);
        Assert.Equal(bytes.Length, batch.SizeInBytes);
        Assert.Equal(7, batch.PartitionLeaderEpoch);
        Assert.Equal(43, batch.LastOffset);
        Assert.Equal(5000, batch.BaseTimestamp);
        Assert.Equal(5000, batch.MaxTimestamp);
        Assert.Equal((9L, (short)2, 100, 101), (batch.ProducerId, batch.ProducerEpoch, batch.BaseSequence, batch.LastSequence));
        Assert.True(batch.IsTransactional);
        Assert.False(batch.IsControl);
        var reader = new RecordReader(batch.Body, batch.RecordCount);
        Assert.True(reader.TryRead(out Record first));
        Assert.Equal(new byte[] { 1, 2 }, first.Key.ToArray());
        Assert.True(first.ValueIsNull);
        Assert.True(reader.TryRead(out Record second));
        Assert.True(second.KeyIsNull);
        Assert.Equal(-1000, second.TimestampDelta);
        RecordHeader[] headers = second.ReadHeaders();
        Assert.Equal(["h", "n"], headers.Select(header => header.Key));
        Assert.Null(headers[1].Value);
        Assert.False(reader.TryRead(out _));
        Assert.Equal(BatchError.None, reader.Error);
    }

    [Fact]
    public void Setting_offset_and_leader_epoch_keeps_the_checksum()
    {
        byte[] bytes = Batch();
        RecordBatch.SetBaseOffset(bytes, long.MaxValue / 2);
        RecordBatch.SetPartitionLeaderEpoch(bytes, 12);
        var batch = new RecordBatch(bytes);
        Assert.Equal(BatchError.None, batch.Validate());
        Assert.Equal(long.MaxValue / 2 + 2, batch.LastOffset);
        Assert.Equal(12, batch.PartitionLeaderEpoch);
    }

    [Fact]
    public void Setting_the_append_time_writes_the_checksum_anew()
    {
        byte[] bytes = Batch();
        RecordBatch.SetMaxTimestamp(bytes, TimestampType.LogAppendTime, 123456);
        var batch = new RecordBatch(bytes);
        Assert.Equal(BatchError.None, batch.ValidateFromClient());
        Assert.Equal((TimestampType.LogAppendTime, 123456L), (batch.TimestampType, batch.MaxTimestamp));
    }

    [Fact]
    public void A_flip_of_any_bit_that_the_checksum_covers_is_found()
    {
        byte[] bytes = Batch();
        for (int bit = RecordBatch.CrcAt * 8; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(BatchError.None, new RecordBatch(bytes).Validate());
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void What_a_client_must_not_send_is_named()
    {
        Assert.Equal(BatchError.BadBaseOffset, Check(at => RecordBatch.SetBaseOffset(at, 5)));
        Assert.Equal(BatchError.UnsupportedMagic, Check(at => at[RecordBatch.MagicAt] = 1));
        Assert.Equal(BatchError.ControlFromClient, Check(at => at[RecordBatch.AttributesAt + 1] = 0x20));
        Assert.Equal(BatchError.BadAttributes, Check(at => at[RecordBatch.AttributesAt + 1] = 5));
        Assert.Equal(BatchError.BadAttributes, Check(at => at[RecordBatch.AttributesAt] = 1));
        Assert.Equal(BatchError.BadCount, Check(at => at[RecordBatch.RecordCountAt + 3] = 2));
        Assert.Equal(BatchError.BadCount, Check(at => at[RecordBatch.RecordCountAt] = 0x7F));
        Assert.Equal(BatchError.BadCount, Check(at => at[RecordBatch.LastOffsetDeltaAt] = 0xFF));
        Assert.Equal(BatchError.BadProducer, Check(at => BinaryPrimitives.WriteInt64BigEndian(at[RecordBatch.ProducerIdAt..], 1)));
        Assert.Equal(BatchError.BadLength, Check(at => BinaryPrimitives.WriteInt32BigEndian(at[RecordBatch.LengthAt..], 48)));
        Assert.Equal(BatchError.BadLength, Check(at => BinaryPrimitives.WriteInt32BigEndian(at[RecordBatch.LengthAt..], -1)));
        Assert.Equal(BatchError.BadLength, Check(at => BinaryPrimitives.WriteInt32BigEndian(at[RecordBatch.LengthAt..], int.MaxValue)));
        Assert.Equal(BatchError.Incomplete, Check(at => BinaryPrimitives.WriteInt32BigEndian(at[RecordBatch.LengthAt..], 5000)));
        Assert.Equal(BatchError.BadCrc, Check(at => at[^1] ^= 1, seal: false));
    }

    [Fact]
    public void Damaged_records_never_parse_beyond_their_bytes()
    {
        byte[] bytes = Batch();
        byte[] body = new RecordBatch(bytes).Body.ToArray();
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = (byte[])body.Clone();
            for (int n = random.Next(1, 4); n > 0; n--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            var reader = new RecordReader(damaged.AsSpan(0, random.Next(damaged.Length + 1)), random.Next(5));
            while (reader.TryRead(out Record record))
                _ = record.ReadHeaders();
        }
    }

    [Fact]
    public void Split_stops_at_a_cut_batch_and_says_so()
    {
        byte[] one = Batch(1), two = Batch(2, baseOffset: 1);
        byte[] both = [.. one, .. two];
        for (int length = 0; length <= both.Length; length++)
        {
            RecordBatches.Enumerator batches = RecordBatches.Split(both.AsSpan(0, length));
            int seen = 0;
            while (batches.MoveNext())
                seen++;
            Assert.Equal(length < one.Length ? 0 : length < both.Length ? 1 : 2, seen);
            Assert.Equal(length == 0 || length == one.Length || length == both.Length ? BatchError.None : BatchError.Incomplete, batches.Error);
            Assert.Equal(seen == 0 ? 0 : seen == 1 ? one.Length : both.Length, batches.Consumed);
        }
    }

    [Theory]
    [InlineData(0, 5, 5)]
    [InlineData(int.MaxValue, 1, 0)]
    [InlineData(int.MaxValue - 2, 5, 2)]
    public void Sequence_numbers_wrap_to_zero(int sequence, int delta, int expected) =>
        Assert.Equal(expected, RecordBatch.AddSequence(sequence, delta));

    [Fact]
    public void Any_records_round_trip() => Prop.ForAll<(long Time, byte[]? Key, byte[]? Value, string?[] Headers)[]>(records =>
    {
        if (records.Length == 0)
            return;
        using var builder = new RecordBatchBuilder();
        foreach ((long time, byte[]? key, byte[]? value, string?[] names) in records)
        {
            RecordHeader[] headers = [.. names.Select(name => new RecordHeader(Clean(name), name is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(Clean(name))))];
            builder.Append(time, key is null ? null : (ReadOnlyMemory<byte>?)key, value is null ? null : (ReadOnlyMemory<byte>?)value, headers);
        }
        byte[] bytes = builder.Build();
        var batch = new RecordBatch(bytes);
        Assert.Equal(BatchError.None, batch.ValidateFromClient());
        var reader = new RecordReader(batch.Body, batch.RecordCount);
        foreach ((long time, byte[]? key, byte[]? value, string?[] names) in records)
        {
            Assert.True(reader.TryRead(out Record record));
            Assert.Equal(time, batch.BaseTimestamp + record.TimestampDelta);
            Assert.Equal(key, record.KeyIsNull ? null : record.Key.ToArray());
            Assert.Equal(value, record.ValueIsNull ? null : record.Value.ToArray());
            Assert.Equal(names.Select(Clean), record.ReadHeaders().Select(header => header.Key));
        }
        Assert.False(reader.TryRead(out _));
        Assert.Equal(BatchError.None, reader.Error);
    }).QuickCheckThrowOnFailure();

    // FsCheck's strings hold lone surrogates, which no UTF-8 can carry.
    private static string Clean(string? text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));

    private delegate void Damage(Span<byte> batch);

    private static BatchError Check(Damage damage, bool seal = true)
    {
        byte[] bytes = Batch();
        damage(bytes);
        if (seal)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(RecordBatch.CrcAt), Crc32C.Compute(bytes.AsSpan(RecordBatch.AttributesAt)));
        return new RecordBatch(bytes).ValidateFromClient();
    }
}
