using System.Globalization;
using System.Text;
using Simulation.Disks;
using Sluice.Core.Groups;
using Sluice.Core.Partitions;
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

    /// <summary>DeleteRecords takes offsets that no consumer has seen yet.</summary>
    DeletesBeyondHighWatermark,

    /// <summary>DeleteRecords of everything takes what no consumer has seen yet as well.</summary>
    DeletesAllToLogEnd,

    /// <summary>Fetches that wait are not told of records that become visible with a flush.</summary>
    FlushWakesNoFetch,

    /// <summary>Fetches that wait are not told that their topic is deleted.</summary>
    DeletionWakesNoFetch,

    /// <summary>A topic's changed settings do not reach the logs that are open.</summary>
    SettingsNotInOpenLog,

    /// <summary>A topic's changed settings reach its first partition alone.</summary>
    SettingsOfFirstPartitionOnly,

    /// <summary>What a fetch has read and drops to stay within its limit keeps its file open.</summary>
    DroppedRecordsNotReleased,

    /// <summary>What a fetch has read before it waits for more keeps its file open.</summary>
    FewRecordsNotReleased,

    /// <summary>The files of segments that retention took out are never deleted.</summary>
    FilesOfSegmentsStay,

    /// <summary>The directories of deleted topics are never deleted.</summary>
    DirectoriesOfTopicsStay,

    /// <summary>ListOffsets tells the end of the log for the latest offset.</summary>
    LatestIsLogEnd,

    /// <summary>ListOffsets finds records by their time that no consumer sees yet.</summary>
    TimesBeyondHighWatermark,

    /// <summary>DeleteRecords of what is deleted already is confirmed while the first deletion is still being written.</summary>
    RepeatedDeletionNotWritten,

    /// <summary>DeleteRecords is confirmed while it is still being written.</summary>
    DeletionAnsweredBeforeCheckpoint,

    /// <summary>One record more than flush.messages allows is acknowledged and not flushed.</summary>
    OneRecordTooManyUnflushed,

    /// <summary>A topic takes over the start offset of an older one of its name.</summary>
    StartOffsetInherited,

    /// <summary>A deletion in an older topic of the name moves the start of the new one.</summary>
    OlderPartitionStillWrites,

    /// <summary>A topic takes over from an older one of its name up to where it is cleaned.</summary>
    CleanerOffsetInherited,

    /// <summary>Retention is looked after once, and never again.</summary>
    RetentionStops,

    /// <summary>flush.ms flushes nothing.</summary>
    FlushTimerForgotten,

    /// <summary>Segments take appends for three times as long as segment.ms says.</summary>
    SegmentsRollLate,

    /// <summary>A heartbeat does not prolong a member's session.</summary>
    HeartbeatsDoNotCount,

    /// <summary>Members that are silent keep their partitions.</summary>
    SilentMembersStay,

    /// <summary>Committed offsets are forgotten after half their time.</summary>
    OffsetsExpireEarly,

    /// <summary>Committed offsets that nobody uses are kept for ever.</summary>
    OffsetsNeverExpire,
}

/// <summary>Plants bugs: in the disk, where that comes to the same, else behind the log's own switch.</summary>
internal static class Planting
{
    /// <summary>Plants a bug in a run on this thread; <see cref="PlantedBug.None"/> takes the log's switch back.</summary>
    public static void Plant(PlantedBug bug, DiskFaults disk)
    {
        PlantedFaults.Plant(Find<PlantedFault>(bug));
        PlantedGroupFaults.Plant(FindOfGroups(bug));
        PlantedPartitionFaults.Plant(Find<PlantedPartitionFault>(bug));
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

    private static PlantedGroupFault FindOfGroups(PlantedBug bug) => bug switch
    {
        PlantedBug.GroupAnswersBeforeTheLog => PlantedGroupFault.AnswersBeforeTheLog,
        PlantedBug.GroupCommitsOfOldGenerations => PlantedGroupFault.CommitsOfOldGenerations,
        PlantedBug.GroupLoadingEndsEarly => PlantedGroupFault.LoadingEndsEarly,
        _ => Find<PlantedGroupFault>(bug),
    };

    /// <summary>The fault of the bug's name; none when it has another place.</summary>
    private static TFault Find<TFault>(PlantedBug bug)
        where TFault : struct, Enum => Enum.TryParse($"{bug}", out TFault fault) ? fault : default;

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
