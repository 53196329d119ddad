using System.Buffers.Binary;
using Sluice.Protocol;
using Sluice.Protocol.Compression;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

internal static class ProduceCases
{
    public static IEnumerable<Case> All => [.. Good(), .. Bad(), .. Places(), .. Idempotence()];

    private static IEnumerable<Case> Good()
    {
        yield return Of("two records", world => Batches.Of(world, ["a", "b"]));
        foreach (CompressionCodec codec in new[] { CompressionCodec.Gzip, CompressionCodec.Snappy, CompressionCodec.Lz4 })
            yield return Of(codec.ToString().ToLowerInvariant(), world => Batches.Of(world, ["a"], codec: codec));
        yield return Of("zstd before it was allowed", world => Batches.Of(world, ["a"], codec: CompressionCodec.Zstd), to: 6);
        yield return Of("zstd", world => Batches.Of(world, ["a"], codec: CompressionCodec.Zstd), from: 7);
        yield return Of("all replicas", world => Batches.Of(world, ["a"]), acks: -1);
        yield return Of("without acknowledgement", world => Batches.Of(world, ["a"]), acks: 0, silent: true);
        yield return Of("no time to wait", world => Batches.Of(world, ["a"]), timeout: 0);
        yield return Of("a negative time to wait", world => Batches.Of(world, ["a"]), timeout: -1);
        yield return Of("base offset 5", world => Batches.With(Batches.Of(world, ["a"]), b => BinaryPrimitives.WriteInt64BigEndian(b, 5)));
        yield return Of("null keys", world => Batches.Of(world, ["a"], keys: false));
        yield return Of("keys to a compacted topic", world => Batches.Of(world, ["a", "b"]), "compacted");
        yield return Of("gzip to gzip", world => Batches.Of(world, ["a"], codec: CompressionCodec.Gzip), "gzip");
        yield return Of("plain to gzip", world => Batches.Of(world, ["a"]), "gzip");
        yield return Of("gzip to uncompressed", world => Batches.Of(world, ["a"], codec: CompressionCodec.Gzip), "uncompressed");
        yield return Of("old to append-time", world => Batches.Of(world, ["a"], at: -1_000_000), "append-time");
        yield return Of("far ahead to append-time", world => Batches.Of(world, ["a"], at: 100_000_000), "append-time");
        yield return Of("far ahead within the limit", world => Batches.Of(world, ["a"], at: 900_000), "not-ahead");
    }

    private static IEnumerable<Case> Bad()
    {
        yield return Of("nothing", _ => []);
        // Kafka never answers it: one version is enough to wait for.
        yield return Of("null records", _ => null, from: 13);
        yield return Of("a cut batch", world => Batches.Of(world, ["a"])[..^1]);
        yield return Of("only a header", world => Batches.Of(world, ["a"])[..61]);
        yield return Of("a few bytes", _ => new byte[20]);
        yield return Of("two batches", world => [.. Batches.Of(world, ["a"]), .. Batches.Of(world, ["b"])]);
        yield return Of("a batch and a cut one", world => [.. Batches.Of(world, ["a"]), .. Batches.Of(world, ["b"])[..70]]);
        yield return Spoilt("magic 0", b => b[16] = 0);
        yield return Spoilt("magic 1", b => b[16] = 1);
        yield return Spoilt("magic 3", b => b[16] = 3);
        yield return Spoilt("magic -1", b => b[16] = 255);
        yield return Spoilt("an unknown codec", b => b[22] = 5);
        yield return Spoilt("length 10", b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(8), 10));
        yield return Spoilt("length 0", b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(8), 0));
        yield return Spoilt("a negative length", b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(8), -5));
        yield return Spoilt("a length beyond the end", b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(8), 5000));
        yield return Spoilt("the greatest length", b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(8), int.MaxValue));
        yield return Spoilt("count 0", b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(57), 0));
        yield return Spoilt("count 3 of 1", b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(57), 3));
        yield return Spoilt("count -1", b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(57), -1));
        yield return Spoilt("last offset delta -1", b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(23), -1));
        yield return Spoilt("last offset delta 7", b => BinaryPrimitives.WriteInt32BigEndian(b.AsSpan(23), 7));
        yield return Of("a wrong checksum", world => Batches.With(Batches.Of(world, ["a"]), b => b[^1] ^= 1, crc: false));
        yield return Of("a control batch", world => Batches.Of(world, ["a"], control: true));
        yield return Of("a transactional batch without transaction", world => Batches.Of(world, ["a"], producerId: 78, epoch: 0, sequence: 0, transactional: true), "transactional");
        yield return Of("a producer id without sequence", world => Batches.Of(world, ["a"], producerId: 77, epoch: 0, sequence: -1));
        yield return Of("broken gzip", world => Batches.With(Batches.Of(world, ["aaaaaaaa"], codec: CompressionCodec.Gzip), b => b[^9] ^= 0xFF), "compacted");
        yield return Of("two hours ahead", world => Batches.Of(world, ["a"], at: 7_200_000));
        yield return Of("ahead of the limit", world => Batches.Of(world, ["a", "b"], at: 1_900_000), "not-ahead");
        yield return Of("behind the limit", world => Batches.Of(world, ["a", "b"], at: -1_000_000), "recent");
        yield return Of("too large", world => Batches.Of(world, [new string('x', 2000)]), "small");
        yield return Of("larger than a segment", world => Batches.Of(world, [new string('x', 2_000_000)]), "segment");
        yield return Of("null keys to a compacted topic", world => Batches.Of(world, ["a", "b", "c"], keys: false), "compacted");
    }

    private static IEnumerable<Case> Places()
    {
        yield return Of("acks 2", world => Batches.Of(world, ["a"]), acks: 2);
        yield return Of("acks -2", world => Batches.Of(world, ["a"]), acks: -2);
        yield return Of("an unknown topic", world => Batches.Of(world, ["a"]), "nowhere-at-all");
        yield return Of("an unknown partition", world => Batches.Of(world, ["a"]), partition: 9);
        yield return Of("a negative partition", world => Batches.Of(world, ["a"]), partition: -1);
        yield return Of("an invalid name", world => Batches.Of(world, ["a"]), "a/b", to: 12);
        yield return Of("an empty name", world => Batches.Of(world, ["a"]), "", to: 12);
        yield return Of("the metadata log", world => Batches.Of(world, ["a"]), "__cluster_metadata", to: 12);
        yield return new(ApiKey.Produce, "no topics", (_, _) => new ProduceRequest { Acks = 1, TimeoutMs = 5000 });
        yield return new(ApiKey.Produce, "no partitions", (world, v) => new ProduceRequest { Acks = 1, TimeoutMs = 5000, TopicData = [Topic(world, v, "plain")] });
        yield return new(ApiKey.Produce, "a good and a bad partition", (world, v) => Request(1, 5000, Topic(world, v, "plain", (0, Batches.Of(world, ["a"])), (9, Batches.Of(world, ["a"])))));
        yield return new(ApiKey.Produce, "two topics", (world, v) => Request(1, 5000, Topic(world, v, "plain", (1, Batches.Of(world, ["a"]))), Topic(world, v, "small", (0, Batches.Of(world, ["a"])))));
        yield return new(ApiKey.Produce, "a topic name and no id", (world, _) => Request(1, 5000, new ProduceRequest.TopicProduceData { TopicId = Uuid.Zero, PartitionData = [new() { Index = 0, Records = new Records(Batches.Of(world, ["a"])) }] })) { From = 13 };
    }

    private static IEnumerable<Case> Idempotence()
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
            // A producer for each version, so that each goes through all steps.
            yield return new(ApiKey.Produce, $"idempotent: {name}", (world, v) => Request(1, 5000, Topic(world, v, "idempotent", (0, Batches.Of(world, values, producerId: 9000 + v, epoch: epoch, sequence: sequence)))));
        }
        yield return new(ApiKey.Produce, "idempotent: unknown producer in the middle", (world, v) => Request(1, 5000, Topic(world, v, "idempotent", (0, Batches.Of(world, ["a"], producerId: 9100 + v, epoch: 3, sequence: 17)))));
        yield return new(ApiKey.Produce, "idempotent: unknown producer goes on", (world, v) => Request(1, 5000, Topic(world, v, "idempotent", (0, Batches.Of(world, ["a"], producerId: 9100 + v, epoch: 3, sequence: 18)))));
        yield return new(ApiKey.Produce, "idempotent: the last sequence number", (world, v) => Request(1, 5000, Topic(world, v, "idempotent", (0, Batches.Of(world, ["a"], producerId: 9200 + v, epoch: 0, sequence: int.MaxValue)))));
        yield return new(ApiKey.Produce, "idempotent: after the last sequence number", (world, v) => Request(1, 5000, Topic(world, v, "idempotent", (0, Batches.Of(world, ["a"], producerId: 9200 + v, epoch: 0, sequence: 0)))));
    }

    private static Case Spoilt(string name, Action<byte[]> change) => Of(name, world => Batches.With(Batches.Of(world, ["a"]), change));

    private static Case Of(string name, Func<World, byte[]?> records, string topic = "plain", int partition = 0, short acks = 1, int timeout = 5000, bool silent = false, short from = 3, short to = 13) =>
        new(ApiKey.Produce, name, (world, v) => Request(acks, timeout, Topic(world, v, topic, (partition, records(world))))) { From = from, To = to, IsSilent = silent };

    private static ProduceRequest Request(short acks, int timeout, params ProduceRequest.TopicProduceData[] topics) => new() { Acks = acks, TimeoutMs = timeout, TopicData = [.. topics] };

    private static ProduceRequest.TopicProduceData Topic(World world, short version, string name, params (int Index, byte[]? Records)[] partitions) => new()
    {
        Name = version < 13 ? name : "",
        TopicId = version < 13 ? Uuid.Zero : world.Id(name) is { } id && id != Uuid.Zero ? id : new Uuid(77, 77),
        PartitionData = [.. partitions.Select(p => new ProduceRequest.PartitionProduceData { Index = p.Index, Records = p.Records is { } bytes ? new Records(bytes) : Records.Null })],
    };
}
