using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Tables;
using Sluice.Protocol.Wire;

namespace Sluice.Cli.Data.Dump;

/// <summary>What the records of a topic mean that brokers keep for themselves, in the words of kafka-dump-log.</summary>
internal abstract class TopicDecoder
{
    private static readonly Dictionary<string, (string Topic, TopicDecoder Decoder)> ByName = new()
    {
        ["offsets"] = ("__consumer_offsets", new Coordinator(CoordinatorRecordTable.Groups)),
        ["transactions"] = ("__transaction_state", new Coordinator(CoordinatorRecordTable.Transactions)),
        ["share"] = ("__share_group_state", new Coordinator(CoordinatorRecordTable.ShareGroups)),
        ["metadata"] = ("__cluster_metadata", new Metadata()),
    };

    public static string[] Names { get; } = [.. ByName.Keys];

    public static TopicDecoder Named(string name) => ByName[name].Decoder;

    /// <summary>The decoder for the topic in whose folder a file lies; null for any other.</summary>
    public static TopicDecoder? ForFile(string path)
    {
        string folder = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) ?? "";
        int dash = folder.LastIndexOf('-');
        return dash < 0 ? null : ByName.Values.FirstOrDefault(d => d.Topic == folder[..dash]).Decoder;
    }

    /// <summary>Adds a record's meaning to its document.</summary>
    /// <exception cref="ProtocolException">The bytes are not what such a topic holds.</exception>
    public abstract void Describe(JsonObject document, byte[]? key, byte[]? value);

    private sealed class Coordinator(CoordinatorRecordTable table) : TopicDecoder
    {
        public override void Describe(JsonObject document, byte[]? key, byte[]? value)
        {
            IKeyedMessage? read = table.ReadKey(key ?? throw new ProtocolException("a record without a key"));
            if (read is null)
            {
                // Newer software wrote it.
                document["key"] = new JsonObject { ["type"] = "unknown", ["data"] = Convert.ToBase64String(key) };
                document["value"] = value is null ? null : Convert.ToBase64String(value);
                return;
            }

            document["key"] = new JsonObject { ["type"] = read.MessageKey.ToString(CultureInfo.InvariantCulture), ["data"] = MessageJson.Of(read, 0) };
            document["value"] = null;
            if (value is null) return;
            IKeyedMessage content = table.ReadValue(read.MessageKey, value, out short version);
            JsonObject data = MessageJson.Of(content, version);
            if (content is GroupMetadataValue { ProtocolType: "consumer" } group) ReadMembers(data, group);
            document["value"] = new JsonObject { ["version"] = version.ToString(CultureInfo.InvariantCulture), ["data"] = data };
        }

        /// <summary>What consumers tell each other is bytes to the coordinator, but has a format all the same.</summary>
        private static void ReadMembers(JsonObject data, GroupMetadataValue group)
        {
            JsonArray members = data["members"]!.AsArray();
            for (int i = 0; i < members.Count; i++)
            {
                members[i]!["subscription"] = ReadPart(new ConsumerProtocolSubscription(), group.Members[i].Subscription) ?? members[i]!["subscription"]?.DeepClone();
                members[i]!["assignment"] = ReadPart(new ConsumerProtocolAssignment(), group.Members[i].Assignment) ?? members[i]!["assignment"]?.DeepClone();
            }
        }

        private static JsonObject? ReadPart(IMessage part, ReadOnlyMemory<byte> bytes)
        {
            try
            {
                var reader = new WireReader(bytes);
                short version = Math.Min(reader.ReadInt16(), part.LastVersion);
                part.Read(ref reader, version);
                return MessageJson.Of(part, version);
            }
            catch (ProtocolException)
            {
                // Another client's own format under the same name: shown as the bytes that it is.
                return null;
            }
        }
    }

    private sealed class Metadata : TopicDecoder
    {
        public override void Describe(JsonObject document, byte[]? key, byte[]? value)
        {
            IMetadataRecord record = MetadataRecordTable.ReadFramed(value.AsSpan(), out short version);
            document["value"] = new JsonObject { ["type"] = Kind(record.GetType().Name), ["version"] = version, ["data"] = MessageJson.Of(record, version) };
        }

        /// <summary>PartitionChangeRecord is PARTITION_CHANGE_RECORD.</summary>
        private static string Kind(string name) => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{c}")).ToUpperInvariant();
    }
}
