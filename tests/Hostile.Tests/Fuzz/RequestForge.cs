using System.Buffers.Binary;
using System.Collections;
using System.Reflection;
using Sluice.Protocol;
using Sluice.Protocol.Frames;
using Sluice.Protocol.Generator.Model;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tests.Fuzz;
using Sluice.Protocol.Tests.Support;

namespace Hostile.Tests.Fuzz;

/// <summary>
/// Request frames from a seed: any API and version that the broker serves, filled by its schema and then made plausible (topics and
/// groups that exist, records that are batches, waits that end), so that they get far; then often damaged in a field, a length, a count,
/// or in any byte.
/// </summary>
internal sealed class RequestForge(Random random, IReadOnlyList<(ApiKey Key, short Min, short Max)> apis, IReadOnlyList<(string Name, Uuid Id)> topics)
{
    private static readonly string[] Groups = ["g", "group", "", "another group"];
    private static readonly string[] Settings = ["cleanup.policy", "compression.type", "max.message.bytes", "segment.bytes", "retention.ms", "message.timestamp.type", "min.insync.replicas", "flush.messages", "no.such.setting"];
    private static readonly string?[] Values = ["compact", "delete", "compact,delete", "gzip", "zstd", "producer", "-1", "0", "1", "1048576", "CreateTime", "LogAppendTime", "", "x", null];

    private readonly ByteMutator _mutator = new(random);
    private readonly BatchForge _batches = new(random);

    /// <summary>A frame with its length. The same seed of <c>random</c> gives the same frame.</summary>
    public byte[] Next(int correlationId)
    {
        byte[] frame = Whole(correlationId);
        return random.Next(5) switch
        {
            0 => Damaged(frame, from: sizeof(int) + HeaderBytes),
            1 => Damaged(frame, from: random.Next(30) == 0 ? 0 : sizeof(int) + HeaderBytes),
            _ => frame,
        };
    }

    private byte[] Whole(int correlationId)
    {
        while (true)
        {
            (ApiKey key, short min, short max) = apis[random.Next(apis.Count)];
            short version = (short)random.Next(min, max + 1);
            IMessage message = MessageFiller.New($"{key}Request", version, new RandomSource(random.Next(), elementsMax: random.Next(5)));
            Adjust(message, Schemas.All[$"{key}Request"].Root, version);
            try
            {
                using RequestFrame encoded = RequestFrame.Encode((IRequest)message, version, correlationId, random.Next(20) == 0 ? null : "fuzzer");
                return encoded.ToArray();
            }
            catch (MessageFieldException)
            {
                // A null where this version has none; the next one will do.
            }
        }
    }

    private const int HeaderBytes = 8;

    /// <summary>Damages what follows a position; the length is made right again unless it was to be damaged itself.</summary>
    private byte[] Damaged(byte[] frame, int from)
    {
        if (from == 0) return _mutator.Mutate(frame, []);
        byte[] body = _mutator.Mutate(frame[from..], _batches.Sound());
        byte[] damaged = [.. frame.AsSpan(0, from), .. body];
        BinaryPrimitives.WriteInt32BigEndian(damaged, damaged.Length - sizeof(int));
        return damaged;
    }

    private void Adjust(object target, StructSchema schema, short version)
    {
        foreach (FieldSchema field in schema.Fields)
        {
            if (!field.Versions.Contains(version)) continue;
            PropertyInfo property = target.GetType().GetProperty(field.Name)!;
            object? value = property.GetValue(target);
            if (value is IList list) AdjustList(field, list, version);
            else if (Plausible(field.Name, property.PropertyType) is { } better) property.SetValue(target, better);
            else if (value is not null && field.Struct is { } inner) Adjust(value, inner, version);
        }
    }

    private void AdjustList(FieldSchema field, IList list, short version)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is string) list[i] = Plausible(field.Name, typeof(string)) ?? list[i];
            else if (list[i] is int && field.Name.StartsWith("Partition", StringComparison.Ordinal)) list[i] = random.Next(-1, 4);
            else if (list[i] is { } item && field.Struct is { } inner) Adjust(item, inner, version);
        }
    }

    /// <summary>Something that the broker may know; null to leave what chance has filled in.</summary>
    private object? Plausible(string name, Type type)
    {
        if (type == typeof(Records)) return new Records(_batches.Next());
        // What makes the broker wait ends soon, or the fuzzer waits with it; large counts of partitions are for a test of their own.
        if (name is "MaxWaitMs" or "TimeoutMs" or "SessionTimeoutMs" or "RebalanceTimeoutMs" && type == typeof(int)) return random.Next(-1, 60);
        if (name is "NumPartitions" or "Count" && type == typeof(int)) return random.Next(-2, 5);
        if (random.Next(5) == 0) return null;
        if (type == typeof(string)) return Text(name);
        if (type == typeof(Uuid)) return name == "TopicId" ? topics[random.Next(topics.Count)].Id : null;
        if (type == typeof(int) && name is "Partition" or "PartitionIndex" or "Index") return random.Next(-1, 4);
        if (type == typeof(short) && name is "ReplicationFactor") return (short)random.Next(-1, 3);
        if (type == typeof(short) && name is "Acks") return (short)random.Next(-1, 2);
        if (type == typeof(int) && name is "ReplicaId") return -1;
        if (type == typeof(int) && name is "SessionEpoch" or "SessionId" or "GenerationId" or "GenerationIdOrMemberEpoch") return random.Next(-1, 3);
        return type == typeof(long) && name is "FetchOffset" or "Offset" or "Timestamp" or "CommittedOffset" ? (long)random.Next(-6, 50) : null;
    }

    private string? Text(string name) => name switch
    {
        "Name" or "Topic" or "TopicName" or "Topics" or "TopicNames" or "ResourceName" or "Key" or "Keys" =>
            random.Next(6) == 0 ? Settings[random.Next(Settings.Length)] : topics[random.Next(topics.Count)].Name,
        "GroupId" or "Group" or "CoordinatorKeys" or "GroupsNames" or "Groups" => Groups[random.Next(Groups.Length)],
        "MemberId" or "GroupInstanceId" => random.Next(2) == 0 ? "" : "member",
        "ProtocolType" => "consumer",
        "ConfigName" or "ConfigurationKeys" => Settings[random.Next(Settings.Length)],
        "Value" or "ConfigValue" => Values[random.Next(Values.Length)],
        _ => null,
    };
}
