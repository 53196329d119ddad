using System.Buffers.Binary;
using System.Net.Sockets;
using Hostile.Tests.Brokers;
using Sluice.Broker.Tests;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Messages;

namespace Hostile.Tests.Rows;

/// <summary>Record batches that lie, and bodies that are not what they claim.</summary>
[Collection(nameof(SharedBroker))]
public sealed class BatchTests(SharedBroker shared)
{
    private const int LengthAt = 8, MagicAt = 16, CrcAt = 17, AttributesAt = 21, LastOffsetDeltaAt = 23, ProducerIdAt = 43, ProducerEpochAt = 51, BaseSequenceAt = 53, CountAt = 57;

    private VictimBroker Broker => shared.Broker;

    public static TheoryData<string> Lies => ["count", "count of 2^31", "last offset", "last offset of 2^31", "control", "magic 0", "magic 1", "magic 3", "sequence", "epoch", "crc", "length", "length of 2^31", "negative length", "base offset", "unknown codec", "transactional without producer"];

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_batch_whose_header_lies_is_refused(string lie)
    {
        Broker.Create("lies");
        byte[] batch = VictimBroker.Batch("a", "b", "c");
        Span<byte> bytes = batch;
        switch (lie)
        {
            case "count": BinaryPrimitives.WriteInt32BigEndian(bytes[CountAt..], 2); break;
            case "count of 2^31": BinaryPrimitives.WriteInt32BigEndian(bytes[CountAt..], int.MaxValue); break;
            case "last offset": BinaryPrimitives.WriteInt32BigEndian(bytes[LastOffsetDeltaAt..], 7); break;
            case "last offset of 2^31": BinaryPrimitives.WriteInt32BigEndian(bytes[LastOffsetDeltaAt..], int.MaxValue); break;
            case "control": bytes[AttributesAt + 1] |= 0x20; break;
            case "magic 0": bytes[MagicAt] = 0; break;
            case "magic 1": bytes[MagicAt] = 1; break;
            case "magic 3": bytes[MagicAt] = 3; break;
            case "sequence": BinaryPrimitives.WriteInt64BigEndian(bytes[ProducerIdAt..], 5); BinaryPrimitives.WriteInt16BigEndian(bytes[ProducerEpochAt..], 0); BinaryPrimitives.WriteInt32BigEndian(bytes[BaseSequenceAt..], -7); break;
            case "epoch": BinaryPrimitives.WriteInt64BigEndian(bytes[ProducerIdAt..], 5); BinaryPrimitives.WriteInt16BigEndian(bytes[ProducerEpochAt..], -3); BinaryPrimitives.WriteInt32BigEndian(bytes[BaseSequenceAt..], 0); break;
            case "base offset": BinaryPrimitives.WriteInt64BigEndian(bytes, 99); break;
            case "unknown codec": bytes[AttributesAt + 1] |= 7; break;
            case "transactional without producer": bytes[AttributesAt + 1] |= 0x10; break;
            case "length": BinaryPrimitives.WriteInt32BigEndian(bytes[LengthAt..], batch.Length); break;
            case "length of 2^31": BinaryPrimitives.WriteInt32BigEndian(bytes[LengthAt..], int.MaxValue); break;
            case "negative length": BinaryPrimitives.WriteInt32BigEndian(bytes[LengthAt..], -1); break;
        }
        if (lie != "crc") BinaryPrimitives.WriteUInt32BigEndian(bytes[CrcAt..], Crc32C.Compute(bytes[AttributesAt..]));
        else bytes[^1] ^= 1;
        Refused("lies", batch);
    }

    [Fact]
    public void Several_batches_for_one_partition_are_refused()
    {
        Broker.Create("lies");
        Refused("lies", [.. VictimBroker.Batch("a"), .. VictimBroker.Batch("b")]);
    }

    [Fact]
    public void A_producer_id_with_transactions_is_refused()
    {
        // CVE-2018-17196: a batch may claim what the request around it does not.
        Broker.Create("lies");
        using var builder = new RecordBatchBuilder { ProducerId = 5, ProducerEpoch = 0, BaseSequence = 0, IsTransactional = true };
        builder.Append(1_700_000_000_000, "k"u8.ToArray(), "v"u8.ToArray());
        Refused("lies", builder.Build());
    }

    [Theory]
    [InlineData(4)]
    [InlineData(100_000_000)]
    public void Headers_beyond_the_record_are_refused_where_records_are_looked_at(int headers)
    {
        Broker.Create("keyed", 1, ("cleanup.policy", "compact"));
        var record = new List<byte> { 0, 0, 0 };
        Signed(record, 1);
        record.Add((byte)'k');
        Signed(record, 1);
        record.Add((byte)'v');
        Signed(record, headers);
        var body = new List<byte>();
        Signed(body, record.Count);
        body.AddRange(record);
        Refused("keyed", Seal([.. VictimBroker.Batch("a").AsSpan(0, RecordBatch.HeaderSize), .. body], CompressionCodec.None));
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void A_body_that_its_codec_did_not_make_is_refused(CompressionCodec codec)
    {
        Broker.Create("keyed", 1, ("cleanup.policy", "compact"));
        byte[] header = VictimBroker.Batch("a")[..RecordBatch.HeaderSize];
        var random = new Random(3);
        for (int i = 0; i < 200; i++)
        {
            byte[] body = new byte[random.Next(400)];
            random.NextBytes(body);
            if (i % 2 == 0)
            {
                byte[] real = Compress(codec, new byte[random.Next(1, 5000)]);
                int damage = random.Next(real.Length);
                real[damage] ^= (byte)(1 << random.Next(8));
                body = i % 4 == 0 ? real : real[..damage];
            }
            Refused("keyed", Seal([.. header, .. body], codec), check: false);
        }
        Broker.Check();
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void A_decompression_bomb_is_refused_within_the_memory_limit(CompressionCodec codec)
    {
        // Compacted topics are decoded on the way in, and so are those with another compression.type.
        Broker.Create("keyed", 1, ("cleanup.policy", "compact"));
        string recompressed = $"recompressed-{codec}";
        Broker.Create(recompressed, 1, ("compression.type", codec == CompressionCodec.Zstd ? "lz4" : "zstd"), ("max.message.bytes", "20000000"));
        byte[] bomb = Seal([.. VictimBroker.Batch("a").AsSpan(0, RecordBatch.HeaderSize), .. Compress(codec, new byte[400_000_000])], codec);
        if (bomb.Length < 900_000) Refused("keyed", bomb, check: false);
        for (int i = 0; i < 3; i++) Refused(recompressed, bomb, check: false);
        Broker.Check();
        // An ordinary topic stores what it is sent, but not before its records were looked at.
        Broker.Create("stored", 1, ("max.message.bytes", "20000000"));
        Refused("stored", bomb, check: false);
        Broker.Check();
    }

    [Fact]
    public void A_client_that_claims_to_be_a_replica_is_not_believed()
    {
        // CVE-2018-1288: a forged replica id moved the high watermark.
        Broker.Create("replicated");
        using TcpClient client = Broker.Connect();
        BrokerProcess.Ask(client, VictimBroker.Produce("replicated", VictimBroker.Batch("a")), 9);
        FetchRequest forged = VictimBroker.Fetch("replicated", 1);
        forged.ReplicaId = 1;
        Assert.Equal(ErrorCode.NotLeaderOrFollower, BrokerProcess.Ask(client, forged, 11).Responses[0].Partitions[0].ErrorCode);
        forged.Topics[0].Partitions[0].FetchOffset = 1_000_000;
        Assert.Equal(ErrorCode.NotLeaderOrFollower, BrokerProcess.Ask(client, forged, 11).Responses[0].Partitions[0].ErrorCode);
        FetchResponse.PartitionData honest = BrokerProcess.Ask(client, VictimBroker.Fetch("replicated", 0), 11).Responses[0].Partitions[0];
        Assert.Equal(1, honest.HighWatermark);
        Broker.Check();
    }

    private void Refused(string topic, byte[] batch, bool check = true)
    {
        using TcpClient client = Broker.Connect();
        ProduceResponse.PartitionProduceResponse answer = BrokerProcess.Ask(client, VictimBroker.Produce(topic, batch), 9).Responses[0].PartitionResponses[0];
        Assert.True(answer.ErrorCode is ErrorCode.CorruptMessage or ErrorCode.InvalidRecord or ErrorCode.MessageTooLarge or ErrorCode.UnsupportedForMessageFormat or ErrorCode.InvalidTxnState or ErrorCode.OutOfOrderSequenceNumber or ErrorCode.InvalidProducerEpoch, $"{answer.ErrorCode} {answer.ErrorMessage}");
        if (check) Broker.Check();
    }

    private static byte[] Seal(byte[] batch, CompressionCodec codec)
    {
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(AttributesAt), (short)codec);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(LengthAt), batch.Length - RecordBatch.LengthOverhead);
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(CrcAt), Crc32C.Compute(batch.AsSpan(AttributesAt)));
        return batch;
    }

    private static byte[] Compress(CompressionCodec codec, byte[] content)
    {
        using var compressed = new PooledBuffer();
        Codecs.Compress(codec, content, compressed);
        return compressed.WrittenSpan.ToArray();
    }

    private static void Signed(List<byte> bytes, int value)
    {
        uint zigzag = (uint)((value << 1) ^ (value >> 31));
        for (; zigzag >= 0x80; zigzag >>= 7) bytes.Add((byte)(zigzag | 0x80));
        bytes.Add((byte)zigzag);
    }
}
