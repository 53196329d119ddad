using System.Buffers.Binary;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;

namespace Compatibility.Differential.Cases;

/// <summary>Frames that are no requests: cut, too long, of unknown APIs and versions, with absurd counts.</summary>
internal static class MalformedCases
{
    private const int KeyAt = 4;
    private const int VersionAt = 6;

    public static IEnumerable<Case> All => [.. OfEveryApi(), .. Headers(), .. Counts()];

    private static IEnumerable<Case> OfEveryApi()
    {
        // A request of each API that is good but for what is done to it.
        (ApiKey Key, Func<World, short, IRequest> Build)[] all =
        [
            (ApiKey.Produce, (_, _) => new ProduceRequest { Acks = 1 }), (ApiKey.Fetch, (_, _) => new FetchRequest { SessionEpoch = -1 }), (ApiKey.ListOffsets, (_, _) => new ListOffsetsRequest { ReplicaId = -1 }),
            (ApiKey.Metadata, (_, v) => new MetadataRequest { Topics = [], AllowAutoTopicCreation = v < 4 }), (ApiKey.OffsetForLeaderEpoch, (_, _) => new OffsetForLeaderEpochRequest()),
            (ApiKey.CreateTopics, (_, _) => new CreateTopicsRequest()), (ApiKey.DeleteTopics, (_, _) => new DeleteTopicsRequest()), (ApiKey.InitProducerId, (_, _) => new InitProducerIdRequest()),
            (ApiKey.DescribeAcls, (_, _) => new DescribeAclsRequest { ResourceTypeFilter = 1, PatternTypeFilter = 1, Operation = 1, PermissionType = 1 }), (ApiKey.CreateAcls, (_, _) => new CreateAclsRequest()), (ApiKey.DeleteAcls, (_, _) => new DeleteAclsRequest()),
            (ApiKey.DescribeConfigs, (_, _) => new DescribeConfigsRequest()), (ApiKey.AlterConfigs, (_, _) => new AlterConfigsRequest()), (ApiKey.IncrementalAlterConfigs, (_, _) => new IncrementalAlterConfigsRequest()),
            (ApiKey.DescribeLogDirs, (_, _) => new DescribeLogDirsRequest { Topics = [] }), (ApiKey.CreatePartitions, (_, _) => new CreatePartitionsRequest()), (ApiKey.ElectLeaders, (_, _) => new ElectLeadersRequest()),
            (ApiKey.AlterPartitionReassignments, (_, _) => new AlterPartitionReassignmentsRequest()), (ApiKey.ListPartitionReassignments, (_, _) => new ListPartitionReassignmentsRequest()),
            (ApiKey.DescribeClientQuotas, (_, _) => new DescribeClientQuotasRequest()), (ApiKey.AlterClientQuotas, (_, _) => new AlterClientQuotasRequest()), (ApiKey.DescribeUserScramCredentials, (_, _) => new DescribeUserScramCredentialsRequest()),
            (ApiKey.DescribeQuorum, (_, _) => new DescribeQuorumRequest()), (ApiKey.UpdateFeatures, (_, _) => new UpdateFeaturesRequest()), (ApiKey.DescribeCluster, (_, _) => new DescribeClusterRequest()),
            (ApiKey.DescribeProducers, (_, _) => new DescribeProducersRequest()), (ApiKey.ListConfigResources, (_, _) => new ListConfigResourcesRequest()), (ApiKey.DescribeTopicPartitions, (_, _) => new DescribeTopicPartitionsRequest()),
        ];
        foreach ((ApiKey key, Func<World, short, IRequest> build) in all)
        {
            short max = ApiTable.Get(key).MaxVersion;
            yield return new(key, "malformed: cut by a byte", build) { Spoil = frame => Prefixed(frame[4..^1]) };
            yield return new(key, "malformed: no body", build) { Spoil = frame => Prefixed(frame.AsSpan(4, HeaderLength(frame)).ToArray()) };
            yield return new(key, "malformed: a version too new", build) { From = max, To = max, Spoil = frame => WithInt16(frame, VersionAt, (short)(max + 1)) };
            yield return new(key, "malformed: a negative version", build) { From = max, To = max, Spoil = frame => WithInt16(frame, VersionAt, -1) };
        }
    }

    private static IEnumerable<Case> Headers()
    {
        Case Of(string name, Func<byte[], byte[]> spoil) => new(ApiKey.Metadata, "malformed: " + name, (_, _) => new MetadataRequest { Topics = [], AllowAutoTopicCreation = true }) { From = 5, To = 5, Spoil = spoil };
        yield return Of("a key that does not exist", frame => WithInt16(frame, KeyAt, 9999));
        yield return Of("a negative key", frame => WithInt16(frame, KeyAt, -1));
        yield return Of("a key that only controllers serve", frame => WithInt16(frame, KeyAt, 52));
        yield return Of("a key of a former time", frame => WithInt16(frame, KeyAt, 4));
        yield return Of("an empty frame", _ => [0, 0, 0, 0]);
        yield return Of("a negative length", _ => [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]);
        yield return Of("a length of 2 GiB", _ => [0x7F, 0xFF, 0xFF, 0xFF, 0, 3, 0, 5]);
        yield return Of("a length over the limit by one", _ => [0x06, 0x40, 0, 1, 0, 3, 0, 5]);
        yield return Of("HTTP", _ => "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        yield return Of("TLS", _ => [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]);
        yield return Of("a client id beyond the end", frame => WithInt16(frame, 12, 30_000));
        yield return Of("a client id of negative length", frame => WithInt16(frame, 12, -2));
    }

    private static IEnumerable<Case> Counts()
    {
        // After the header come the length of an array and nothing.
        foreach (int count in new[] { int.MaxValue, 1_000_000, 2, -2, int.MinValue })
        {
            yield return new(ApiKey.Metadata, $"malformed: an array of {count}", (_, _) => new MetadataRequest { Topics = [] }) { From = 1, To = 3, Spoil = frame => WithInt32(frame, HeaderLength(frame) + 4, count) };
            yield return new(ApiKey.CreateTopics, $"malformed: an array of {count}", (_, _) => new CreateTopicsRequest()) { From = 2, To = 4, Spoil = frame => WithInt32(frame, HeaderLength(frame) + 4, count) };
        }
        yield return new(ApiKey.CreateTopics, "malformed: a compact array of 4 billion", (_, _) => new CreateTopicsRequest()) { From = 5, Spoil = frame => Prefixed([.. frame[4..(4 + HeaderLength(frame))], 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0, 0, 0, 0, 0, 0]) };
        yield return new(ApiKey.CreateTopics, "malformed: a length of ten bytes", (_, _) => new CreateTopicsRequest()) { From = 5, Spoil = frame => Prefixed([.. frame[4..(4 + HeaderLength(frame))], 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0]) };
        yield return new(ApiKey.CreateTopics, "malformed: tags without end", (_, _) => new CreateTopicsRequest()) { From = 5, Spoil = frame => Prefixed([.. frame[4..^1], 0xFF, 0xFF, 0xFF, 0x7F]) };
        yield return new(ApiKey.CreateTopics, "an unknown tag", (_, _) => new CreateTopicsRequest { TimeoutMs = 30_000 }) { From = 5, Spoil = frame => Prefixed([.. frame[4..^1], 1, 77, 2, 1, 2]) };
    }

    /// <summary>Bytes of the header: key, version, correlation id, client id, and the count of tags when it is one with tags.</summary>
    private static int HeaderLength(byte[] frame)
    {
        var key = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(KeyAt));
        short version = BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(VersionAt));
        return 10 + BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(12)) + (ApiTable.Get(key).RequestHeaderVersion(version) == 2 ? 1 : 0);
    }

    private static byte[] Prefixed(byte[] body)
    {
        byte[] frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
        body.CopyTo(frame, 4);
        return frame;
    }

    private static byte[] WithInt16(byte[] frame, int at, short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(at), value);
        return frame;
    }

    private static byte[] WithInt32(byte[] frame, int at, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(at), value);
        return frame;
    }
}
