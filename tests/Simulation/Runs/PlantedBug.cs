using System.Globalization;
using System.Text;
using Simulation.Disks;
using Sluice.Core.Groups;
using Sluice.Storage;

namespace Simulation.Runs;

/// <summary>Bugs that can be planted, to prove that runs would find their like. Each is one that a log or a broker has really had.</summary>
internal enum PlantedBug
{
    /// <summary>No bug.</summary>
    None,

    /// <summary>Records are acknowledged without the fsync that was promised before.</summary>
    AcknowledgeBeforeFlush,

    /// <summary>Metadata changes are answered without an fsync of the metadata log.</summary>
    MetadataNotFlushed,

    /// <summary>What was made or renamed in a directory is not made durable.</summary>
    DirectoryNotSynced,

    /// <summary>A failed fsync is tried again and taken for a success, although the kernel has dropped the pages.</summary>
    FailedFlushRetried,

    /// <summary>A restart after a failed fsync trusts the pages that the kernel has dropped.</summary>
    FailedFlushForgotten,

    /// <summary>The checkpoint says that more is flushed than is.</summary>
    RecoveryPointTooFar,

    /// <summary>Recovery does not check the checksums of batches.</summary>
    RecoverySkipsChecksums,

    /// <summary>Messages between two shards overtake each other.</summary>
    MessagesReordered,

    /// <summary>Producers are forgotten at a restart.</summary>
    ProducersForgotten,

    /// <summary>Only the last four batches of a producer are remembered.</summary>
    DuplicatesOfFourBatches,

    /// <summary>A new segment's name is one offset too high.</summary>
    RollOffByOne,

    /// <summary>The torn end of a log stays in the file, behind what is appended next.</summary>
    TornTailKept,

    /// <summary>Commits of offsets are answered before they are in the log.</summary>
    GroupAnswersBeforeTheLog,

    /// <summary>Members of an old generation may still commit.</summary>
    GroupCommitsOfOldGenerations,

    /// <summary>Groups are read from all of the log but its last record.</summary>
    GroupLoadingEndsEarly,

    /// <summary>Compaction lets the old segments go before the new one can be found.</summary>
    SwapAfterDeletion,

    /// <summary>Compaction swaps a segment in whose bytes are not on the disk yet.</summary>
    CleanedNotFlushed,

    /// <summary>Compaction drops tombstones at once, before consumers had their time to see them.</summary>
    TombstonesDroppedEarly,
}

/// <summary>Plants bugs: in the disk, where that comes to the same, else behind the log's own switch.</summary>
internal static class Planting
{
    /// <summary>Plants a bug in a run on this thread; <see cref="PlantedBug.None"/> takes the log's switch back.</summary>
    public static void Plant(PlantedBug bug, DiskFaults disk)
    {
        PlantedFaults.Plant(bug switch
        {
            PlantedBug.RecoverySkipsChecksums => PlantedFault.RecoverySkipsChecksums,
            PlantedBug.ProducersForgotten => PlantedFault.ProducersForgotten,
            PlantedBug.DuplicatesOfFourBatches => PlantedFault.DuplicatesOfFourBatches,
            PlantedBug.RollOffByOne => PlantedFault.RollOffByOne,
            PlantedBug.SwapAfterDeletion => PlantedFault.SwapAfterDeletion,
            PlantedBug.CleanedNotFlushed => PlantedFault.CleanedNotFlushed,
            PlantedBug.TombstonesDroppedEarly => PlantedFault.TombstonesDroppedEarly,
            _ => PlantedFault.None,
        });
        PlantedGroupFaults.Plant(bug switch
        {
            PlantedBug.GroupAnswersBeforeTheLog => PlantedGroupFault.AnswersBeforeTheLog,
            PlantedBug.GroupCommitsOfOldGenerations => PlantedGroupFault.CommitsOfOldGenerations,
            PlantedBug.GroupLoadingEndsEarly => PlantedGroupFault.LoadingEndsEarly,
            _ => PlantedGroupFault.None,
        });
        switch (bug)
        {
            case PlantedBug.AcknowledgeBeforeFlush: disk.FlushIsForgotten = static path => path.EndsWith(".log", StringComparison.Ordinal) && !IsMetadata(path); break;
            case PlantedBug.MetadataNotFlushed: disk.FlushIsForgotten = static path => path.EndsWith(".log", StringComparison.Ordinal) && IsMetadata(path); break;
            case PlantedBug.DirectoryNotSynced: disk.DirectorySyncIsForgotten = true; break;
            case PlantedBug.FailedFlushRetried: disk.FlushFailureIsHidden = true; break;
            case PlantedBug.FailedFlushForgotten: disk.IsHidden = static path => path.EndsWith("/flush-failed", StringComparison.Ordinal); break;
            case PlantedBug.RecoveryPointTooFar: disk.Rewrites = static (path, bytes) => path.Contains("/recovery-point-offset-checkpoint", StringComparison.Ordinal) ? Exaggerate(bytes) : bytes; break;
            case PlantedBug.TornTailKept: disk.CutIsForgotten = true; break;
            default: break;
        }
    }

    private static bool IsMetadata(string path) => path.Contains("__cluster_metadata", StringComparison.Ordinal);

    /// <summary>Adds to every offset of a checkpoint file ("topic partition offset" a line, after the version and the count).</summary>
    private static byte[] Exaggerate(byte[] bytes)
    {
        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n');
        for (int i = 2; i < lines.Length; i++)
        {
            int space = lines[i].LastIndexOf(' ');
            if (space > 0) lines[i] = string.Create(CultureInfo.InvariantCulture, $"{lines[i][..space]} {long.Parse(lines[i][(space + 1)..], CultureInfo.InvariantCulture) + 40}");
        }
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }
}
