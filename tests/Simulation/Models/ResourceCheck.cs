using Simulation.Disks;
using Simulation.Runs;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Shards;
using Sluice.Storage.Files;

namespace Simulation.Models;

/// <summary>When nobody asks for anything and all that was begun is over: no file stays open without a user, none lies about, and nobody waits.</summary>
internal sealed class ResourceCheck(World world)
{
    private const int MetadataFilesMax = 4;
    private static readonly string[] s_suffixes = [".log", ".index", ".timeindex", ".txnindex", ".snapshot", ".checkpoint", "leader-epoch-checkpoint", "partition.metadata", "flush-failed", "quorum-state", ".lost"];

    /// <summary>Checks the whole node.</summary>
    public void Run()
    {
        CheckWaits();
        CheckOpenFiles();
        CheckNames();
    }

    private void CheckWaits()
    {
        foreach (Shard shard in world.Machine.Node.Shards)
        {
            if (shard.Partitions.All.FirstOrDefault(p => p.HasWaitingFetches) is { } partition)
                throw new Violation($"a fetch waits for {partition.Topic}-{partition.Id}, and every fetch was answered");
        }
    }

    /// <summary>What is open only because it may be used again is closed first, as the node does it after a while.</summary>
    private void CheckOpenFiles()
    {
        if (world.Machine.Node.Shards[0].Partitions.Cleaner!.IsCleaning) return;
        foreach (Shard shard in world.Machine.Node.Shards)
        {
            shard.Partitions.Logs.Files.CloseIdle();
            shard.Partitions.Logs.Files.CloseIdle();
        }
        SimFile[] open = [.. world.Disk.OpenFiles.Where(f => !f.Path.Contains("__cluster_metadata", StringComparison.Ordinal))];
        if (open.Length > 0) throw new Violation($"nobody uses them, and they stay open: {string.Join(", ", open.Select(f => f.Path).Order(StringComparer.Ordinal))}");
        if (world.Disk.OpenFiles.Count > MetadataFilesMax) throw new Violation($"the metadata log has {world.Disk.OpenFiles.Count} files open: {string.Join(", ", world.Disk.OpenFiles.Select(f => f.Path))}");
        if (world.Disk.OpenMaps > MetadataFilesMax) throw new Violation($"{world.Disk.OpenMaps} maps stay open, and nobody uses them");
    }

    /// <summary>Whatever was renamed to be deleted is deleted, and every directory belongs to a partition. A disk that fails may leave things to the next start.</summary>
    private void CheckNames()
    {
        if (world.DiskHasStruck) return;
        MetadataImage image = world.Machine.Node.Shards[0].Image;
        foreach ((string path, _) in world.Disk.AllFiles())
        {
            string[] parts = path[(World.DataDirectory.Length + 1)..].Split('/');
            if (parts.Length < 2 || parts[0].StartsWith("__cluster_metadata", StringComparison.Ordinal)) continue;
            // Kept for a person to look at: a directory that the metadata does not know, and above what recovery cuts although it had been flushed.
            if (parts[0].EndsWith(LogFileNames.StrayDirectory, StringComparison.Ordinal)) continue;
            if (!LogFileNames.TryParsePartition(parts[0], out string topic, out int partition) || image.Topics.ByName(topic) is not { } known || partition >= known.Partitions.Length)
                throw new Violation($"{path} is there, and no topic has such a partition");
            if (!s_suffixes.Any(suffix => parts[1].EndsWith(suffix, StringComparison.Ordinal)) && !IsUnderWay(known, partition, parts[1])) throw new Violation($"{path} was to be deleted, and stays");
        }
    }

    /// <summary>Whether a cleaning still writes the file, or its time to be deleted has not come yet.</summary>
    private bool IsUnderWay(TopicImage topic, int partition, string file)
    {
        Shard first = world.Machine.Node.Shards[0];
        if (world.Machine.Node.Shards[first.OwnerOf(topic.Id, partition)].Partitions.Find(topic.Id, partition)?.Log is not { } log) return false;
        return file.EndsWith(LogFileNames.Deleted, StringComparison.Ordinal) ? log.NextDeletionMs is < long.MaxValue and var due && due >= world.Clock.NowMs : log.IsCleaning;
    }
}
