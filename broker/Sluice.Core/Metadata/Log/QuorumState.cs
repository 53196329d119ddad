using System.Buffers;
using System.Text.Json;
using Sluice.Core.Metadata.Images;
using Sluice.Storage.Disk;

namespace Sluice.Core.Metadata.Log;

/// <summary>
/// The file quorum-state, in Kafka's JSON: which epoch this node has come to. It is durable before the first record of the epoch is
/// written, so that no epoch is ever used twice.
/// </summary>
/// <param name="LeaderEpoch">The last epoch; -1 for none.</param>
internal readonly record struct QuorumState(int LeaderEpoch)
{
    private const string FileName = "quorum-state";

    /// <exception cref="MetadataCorruptException">The file is not JSON of the known form, or of a quorum that has other voters.</exception>
    public static QuorumState Read(IDisk disk, string directory, int nodeId)
    {
        string path = $"{directory}/{FileName}";
        if (!disk.FileExists(path)) return new(-1);
        try
        {
            using JsonDocument document = JsonDocument.Parse(disk.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            if (root.TryGetProperty("currentVoters", out JsonElement voters))
            {
                int[] ids = [.. voters.EnumerateArray().Select(v => v.GetProperty("voterId").GetInt32())];
                if (ids.Length > 0 && !ids.SequenceEqual([nodeId]))
                    throw new MetadataCorruptException($"{path} is of a quorum of the voters {string.Join(", ", ids)}, but this is node {nodeId}, alone");
            }
            return new(root.GetProperty("leaderEpoch").GetInt32());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new MetadataCorruptException($"{path} cannot be read: {e.Message}");
        }
    }

    public void Write(IDisk disk, string directory, int nodeId)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("clusterId", "");
            writer.WriteNumber("leaderId", nodeId);
            writer.WriteNumber("leaderEpoch", LeaderEpoch);
            writer.WriteNumber("votedId", -1);
            writer.WriteNumber("appliedOffset", 0);
            writer.WriteStartArray("currentVoters");
            writer.WriteStartObject();
            writer.WriteNumber("voterId", nodeId);
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteNumber("data_version", 0);
            writer.WriteEndObject();
        }
        disk.Replace($"{directory}/{FileName}", json.WrittenSpan, durable: true);
    }
}
