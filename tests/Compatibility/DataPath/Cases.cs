using System.Buffers.Binary;
using System.Text;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Messages;

namespace Compatibility.DataPath;

/// <summary>Requests whose answers are compared, in the order in which they are sent: later ones rest on what earlier ones wrote.</summary>
internal static class Cases
{
    /// <summary>A time that both brokers take for now; cases count from it.</summary>
    private static readonly long Now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    public static readonly (string Name, int Partitions, (string, string)[] Settings)[] Topics =
    [
        ("plain", 2, []),
        ("small", 1, [("max.message.bytes", "1000")]),
        ("segment", 1, [("max.message.bytes", "8000000"), ("segment.bytes", "1048576")]),
        ("compacted", 1, [("cleanup.policy", "compact")]),
        ("append-time", 1, [("message.timestamp.type", "LogAppendTime")]),
        ("recent", 1, [("message.timestamp.before.max.ms", "100000")]),
        ("gzip", 1, [("compression.type", "gzip")]),
        ("uncompressed", 1, [("compression.type", "uncompressed")]),
        ("idempotent", 1, []),
        ("times", 1, []),
    ];

    public static IEnumerable<(string Name, IRequest Request, short Version)> All(Func<string, Uuid> ids)
    {
        foreach (var one in Produce(ids)) yield return one;
        foreach (var one in Idempotence()) yield return one;
        foreach (var one in Listing()) yield return one;
        foreach (var one in Fetches(ids)) yield return one;
    }

    private static IEnumerable<(string, IRequest, short)> Produce(Func<string, Uuid> ids)
    {
        for (short version = 3; version <= 13; version++)
            yield return ($"produce v{version}", To("plain", Batch(["a", "b"]), id: version >= 13 ? ids("plain") : null), version);
        (string Name, byte[] Records)[] bad =
        [
            ("nothing", []),
            ("cut", Batch(["a"])[..^1]),
            ("only a header", Batch(["a"])[..61]),
            ("a few bytes", new byte[20]),
            ("two batches", [.. Batch(["a"]), .. Batch(["b"])]),
            ("a batch and a cut one", [.. Batch(["a"]), .. Batch(["b"])[..70]]),
            ("magic 0", With(Batch(["a"]), b => b[16] = 0)),
            ("magic 1", With(Batch(["a"]), b => b[16] = 1)),
            ("magic 3", With(Batch(["a"]), b => b[16] = 3)),
            ("wrong checksum", With(Batch(["a"]), b => b[^1] ^= 1, crc: false)),
            ("length 10", With(Batch(["a"]), b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(8), 10))),
            ("base offset 5", With(Batch(["a"]), b => BinaryPrimitives.WriteInt64BigEndian(b, 5))),
            ("count 0", With(Batch(["a"]), b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(57), 0))),
            ("count 3 of 2", With(Batch(["a", "b"]), b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(57), 3))),
            ("last offset delta -1", With(Batch(["a"]), b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(23), -1))),
            ("control batch", Batch(["a"], control: true)),
            ("producer id without sequence", Batch(["a"], producerId: 77, epoch: 0, sequence: -1)),
            ("an hour and more ahead", Batch(["a"], timestamp: Now + 7_200_000)),
        ];
        foreach ((string name, byte[] records) in bad) yield return ($"produce {name}", To("plain", records), 9);
        yield return ("produce acks 2", To("plain", Batch(["a"]), acks: 2), 9);
        yield return ("produce acks -1", To("plain", Batch(["a"]), acks: -1), 9);
        yield return ("produce unknown topic", To("nowhere-at-all", Batch(["a"])), 9);
        yield return ("produce unknown id", To("", Batch(["a"]), id: new Uuid(77, 77)), 13);
        yield return ("produce unknown partition", To("plain", Batch(["a"]), partition: 9), 9);
        yield return ("produce too large", To("small", Batch([new string('x', 2000)])), 9);
        yield return ("produce larger than a segment", To("segment", Batch([new string('x', 2_000_000)])), 9);
        yield return ("produce null keys to a compacted topic", To("compacted", Batch(["a", "b", "c"], keys: false)), 9);
        yield return ("produce null keys v7", To("compacted", Batch(["a"], keys: false)), 7);
        yield return ("produce keys to a compacted topic", To("compacted", Batch(["a", "b"])), 9);
        yield return ("produce old to recent", To("recent", Batch(["a", "b"], timestamp: Now - 1_000_000)), 9);
        yield return ("produce to append-time", To("append-time", Batch(["a"], timestamp: Now - 1_000_000)), 9);
        yield return ("produce far ahead to append-time", To("append-time", Batch(["a"], timestamp: Now + 100_000_000)), 9);
        yield return ("produce gzip to gzip", To("gzip", Batch(["a"], codec: CompressionCodec.Gzip)), 9);
        yield return ("produce plain to gzip", To("gzip", Batch(["a"])), 9);
        yield return ("produce gzip to uncompressed", To("uncompressed", Batch(["a"], codec: CompressionCodec.Gzip)), 9);
        yield return ("produce zstd v6", To("plain", Batch(["a"], codec: CompressionCodec.Zstd)), 6);
        yield return ("produce zstd v7", To("plain", Batch(["a"], codec: CompressionCodec.Zstd)), 7);
    }

    private static IEnumerable<(string, IRequest, short)> Idempotence()
    {
        (string Name, short Epoch, int Sequence, int Records)[] steps =
        [
            ("first", 0, 0, 2), ("second", 0, 2, 1), ("third", 0, 3, 1), ("fourth", 0, 4, 1), ("fifth", 0, 5, 1), ("first again", 0, 0, 2), ("fifth again", 0, 5, 1),
            ("a gap", 0, 8, 1), ("sixth", 0, 6, 1), ("first when it is too old", 0, 0, 2), ("other count at a known sequence", 0, 6, 2),
            ("new epoch with a gap", 1, 3, 1), ("new epoch", 1, 0, 1), ("old epoch", 0, 7, 1), ("new epoch again", 1, 0, 1),
        ];
        foreach ((string name, short epoch, int sequence, int records) in steps)
        {
            string[] values = [.. Enumerable.Range(0, records).Select(i => $"v{i}")];
            yield return ($"idempotent {name}", To("idempotent", Batch(values, producerId: 9000, epoch: epoch, sequence: sequence)), 9);
        }
        yield return ("idempotent unknown producer in the middle", To("idempotent", Batch(["a"], producerId: 9001, epoch: 3, sequence: 17)), 9);
        yield return ("idempotent unknown producer goes on", To("idempotent", Batch(["a"], producerId: 9001, epoch: 3, sequence: 18)), 9);
    }

    private static IEnumerable<(string, IRequest, short)> Listing()
    {
        long start = Now - 1000;
        foreach (int delta in new[] { 0, 10, 50, 20, 90, 30 }) yield return ($"times {delta}", To("times", Batch(["a", "b"], timestamp: start + delta)), 9);
        for (short version = 1; version <= 11; version++)
        {
            foreach (long query in new[] { -1L, -2, -3, -4, -5, -6, -7, 0, start, start + 1, start + 51, start + 90, start + 91, start + 10_000 })
                yield return ($"list {(query > 0 ? $"start+{query - start}" : query)} v{version}", List("times", query), version);
        }
        yield return ("list empty", List("plain", 0, partition: 1), 8);
        yield return ("list max of empty", List("plain", -3, partition: 1), 8);
        yield return ("list unknown topic", List("nowhere-at-all", -1), 8);
        yield return ("list unknown partition", List("times", -1, partition: 9), 8);
        yield return ("list newer epoch", List("times", -1, epoch: 7), 8);
        yield return ("list current epoch", List("times", -1, epoch: 0), 8);
        yield return ("list committed", List("times", -1, isolation: 1), 8);
        yield return ("list append time", List("append-time", -3), 8);
    }

    private static IEnumerable<(string, IRequest, short)> Fetches(Func<string, Uuid> ids)
    {
        for (short version = 4; version <= 18; version++) yield return ($"fetch v{version}", From("times", ids, version), version);
        foreach (long offset in new[] { -1L, 1, 11, 12, 13, 1000 }) yield return ($"fetch at {offset}", From("times", ids, 12, offset), 12);
        yield return ("fetch unknown topic v12", From("nowhere-at-all", ids, 12), 12);
        yield return ("fetch unknown id", From("", _ => new Uuid(77, 77), 13), 13);
        yield return ("fetch zero id", From("", _ => Uuid.Zero, 13), 13);
        yield return ("fetch unknown partition", From("times", ids, 12, partition: 9), 12);
        yield return ("fetch unknown partition by id", From("times", ids, 13, partition: 9), 13);
        yield return ("fetch newer epoch", From("times", ids, 12, epoch: 7), 12);
        yield return ("fetch current epoch", From("times", ids, 12, epoch: 0), 12);
        yield return ("fetch committed", From("times", ids, 12, isolation: 1), 12);
        yield return ("fetch with a small limit", From("times", ids, 12, maxBytes: 1), 12);
        yield return ("fetch with a limit of two batches", From("times", ids, 12, maxBytes: 170), 12);
        yield return ("fetch a session that is not there", Session(From("times", ids, 12), 12345, 1), 12);
        yield return ("fetch session 0 in the middle", Session(From("times", ids, 12), 0, 5), 12);
        yield return ("fetch last epoch that is known", Last(From("times", ids, 12, 3), 0), 12);
        yield return ("fetch last epoch that is not known", Last(From("times", ids, 12, 3), 5), 12);
    }

    private static ProduceRequest To(string topic, byte[] records, int partition = 0, short acks = 1, Uuid? id = null) => new()
    {
        Acks = acks,
        TimeoutMs = 5000,
        TopicData = [new() { Name = id is null ? topic : "", TopicId = id ?? Uuid.Zero, PartitionData = [new() { Index = partition, Records = new Records(records) }] }],
    };

    private static ListOffsetsRequest List(string topic, long timestamp, int partition = 0, int epoch = -1, sbyte isolation = 0) => new()
    {
        ReplicaId = -1,
        IsolationLevel = isolation,
        Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, Timestamp = timestamp, CurrentLeaderEpoch = epoch }] }],
    };

    private static FetchRequest From(string topic, Func<string, Uuid> ids, short version, long offset = 0, int partition = 0, int epoch = -1, sbyte isolation = 0, int maxBytes = 1 << 20) => new()
    {
        MaxWaitMs = 100,
        MinBytes = 0,
        MaxBytes = 1 << 20,
        IsolationLevel = isolation,
        SessionEpoch = -1,
        Topics =
        [
            new()
            {
                Topic = version < 13 ? topic : "",
                TopicId = version < 13 ? Uuid.Zero : ids(topic),
                Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = maxBytes, CurrentLeaderEpoch = epoch }],
            },
        ],
    };

    private static FetchRequest Session(FetchRequest request, int id, int epoch)
    {
        request.SessionId = id;
        request.SessionEpoch = epoch;
        return request;
    }

    private static FetchRequest Last(FetchRequest request, int epoch)
    {
        request.Topics[0].Partitions[0].LastFetchedEpoch = epoch;
        return request;
    }

    private static byte[] Batch(string[] values, long? timestamp = null, CompressionCodec codec = CompressionCodec.None, bool keys = true, long producerId = -1, short epoch = -1, int sequence = -1, bool control = false)
    {
        using var builder = new RecordBatchBuilder { Codec = codec, ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = sequence, IsControl = control };
        foreach (string value in values) builder.Append(timestamp ?? Now - 500, keys ? Encoding.UTF8.GetBytes("k" + value) : null, Encoding.UTF8.GetBytes(value));
        return builder.Build();
    }

    private static byte[] With(byte[] batch, Action<byte[]> change, bool crc = true)
    {
        change(batch);
        if (crc) BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(21)));
        return batch;
    }
}
