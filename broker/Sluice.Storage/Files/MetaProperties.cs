using System.Globalization;
using Sluice.Storage.Disk;

namespace Sluice.Storage.Files;

/// <summary>The <c>meta.properties</c> of a log directory: which cluster and node it belongs to.</summary>
/// <param name="ClusterId">The cluster's id.</param>
/// <param name="NodeId">The node's id.</param>
/// <param name="DirectoryId">This directory's id (base64url uuid), null in files from before KIP-858.</param>
public sealed record MetaProperties(string ClusterId, int NodeId, string? DirectoryId)
{
    /// <summary>What the file must say, for whoever has to write it again.</summary>
    public const string Recipe = "the lines version=1, cluster.id=<the id that clients and the other nodes know> and node.id=<this node's>";

    internal const string FileName = "meta.properties";
    private const string Version = "1";

    internal void Write(IDisk disk, string directory)
    {
        string text = $"#\nversion={Version}\ncluster.id={ClusterId}\nnode.id={NodeId.ToString(CultureInfo.InvariantCulture)}\n";
        if (DirectoryId is not null)
            text += $"directory.id={DirectoryId}\n";
        disk.Replace($"{directory}/{FileName}", text, durable: true);
    }

    internal static MetaProperties? Read(IDisk disk, string directory)
    {
        string path = $"{directory}/{FileName}";
        if (!disk.FileExists(path))
            return null;
        Dictionary<string, string> values = KeyValueText.Parse(disk.ReadAllText(path), '=');
        if (!values.ContainsKey("version") && !values.ContainsKey("cluster.id"))
        {
            throw new DiskException(DiskErrorKind.Corrupt, path,
                $"{(values.Count == 0 ? "is empty or damaged" : "has neither version nor cluster.id")}: restore it, or write it again with {Recipe}");
        }
        if (!values.TryGetValue("version", out string? version) || version != Version)
            throw new DiskException(DiskErrorKind.Corrupt, path, $"version '{version}' is not {Version}: this directory is of another version of the broker");
        if (!values.TryGetValue("cluster.id", out string? cluster))
            throw new DiskException(DiskErrorKind.Corrupt, path, $"cluster.id is missing: restore the file, or write it again with {Recipe}");
        if (!values.TryGetValue("node.id", out string? node) || !int.TryParse(node, NumberStyles.None, CultureInfo.InvariantCulture, out int nodeId))
            throw new DiskException(DiskErrorKind.Corrupt, path, $"node.id is missing or not a number: restore the file, or write it again with {Recipe}");
        return new MetaProperties(cluster, nodeId, values.GetValueOrDefault("directory.id"));
    }
}
