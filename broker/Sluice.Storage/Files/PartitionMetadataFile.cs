using System.Text;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Files;

/// <summary>The <c>partition.metadata</c> of a partition directory: which topic id the files belong to.</summary>
public static class PartitionMetadataFile
{
    private const string VersionKey = "version";
    private const string TopicIdKey = "topic_id";

    /// <summary>Writes the topic id.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">The partition's directory.</param>
    /// <param name="topicId">The id as Kafka prints it (base64url without padding).</param>
    public static void Write(IDisk disk, string directory, string topicId) =>
        disk.Replace(PathIn(directory), Encoding.UTF8.GetBytes($"{VersionKey}: 0\n{TopicIdKey}: {topicId}"), durable: false);

    /// <summary>The topic id, or null when the file is absent or was torn by a crash.</summary>
    /// <exception cref="DiskException">With <see cref="DiskErrorKind.Corrupt"/> when it is of an unknown version.</exception>
    public static string? Read(IDisk disk, string directory)
    {
        string path = PathIn(directory);
        if (!disk.FileExists(path))
            return null;
        Dictionary<string, string> values = KeyValueText.Parse(disk.ReadAllText(path), ':');
        if (!values.TryGetValue(VersionKey, out string? version) || !values.TryGetValue(TopicIdKey, out string? id))
            return null;
        return version == "0" ? id : throw new DiskException(DiskErrorKind.Corrupt, path, $"is of version {version}; 0 is known");
    }

    private static string PathIn(string directory) => $"{directory}/{LogFileNames.PartitionMetadata}";
}
