using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Cleaning;

/// <summary>
/// Puts a cleaned segment in the place of those that it was made from, in Kafka's steps: a crash between any two of them leaves names
/// from which the next start, Sluice's or Kafka's, finds either the old segments or the new one, never a part of either.
/// </summary>
/// <remarks>
/// 1. <c>.cleaned</c> becomes <c>.swap</c>: until the last of these names is changed, a start goes back to the old segments.
/// 2. The old ones become <c>.deleted</c>, oldest first. 3. <c>.swap</c> becomes the name itself.
/// The cleaned files were made durable before; only names change here, so nothing waits for the disk and appends are not held up.
/// Changes of names in one directory survive a loss of power in their order.
/// </remarks>
internal static class SegmentSwap
{
    /// <exception cref="DiskException">A name could not be changed. The log has failed: only a start can sort it out.</exception>
    public static void Execute(LogState log, LogDeletion deletion, LogCleaning cleaning, int first, long nowMs)
    {
        CleanedSegment cleaned = cleaning.Cleaned;
        try
        {
            log.Changed = true;
            log.DirectoryDirty = true;
            if (PlantedFaults.Has(PlantedFault.SwapAfterDeletion))
                deletion.Replace(first, cleaning.Group.Count, nowMs);
            Rename(log, cleaned.BaseOffset, LogFileNames.Cleaned, LogFileNames.Swap);
            if (!PlantedFaults.Has(PlantedFault.SwapAfterDeletion))
                deletion.Replace(first, cleaning.Group.Count, nowMs);
            Rename(log, cleaned.BaseOffset, LogFileNames.Swap, "");
        }
        catch (DiskException e)
        {
            log.Fail(e);
            throw;
        }
        log.Segments.Insert(first, new LogSegment(log, cleaned.BaseOffset, cleaned.Size, nowMs));
        log.ForgetPositions();
    }

    private static void Rename(LogState log, long baseOffset, string from, string to)
    {
        foreach (string suffix in LogFileNames.SegmentSuffixes)
        {
            string path = LogFileNames.File(log.Directory, baseOffset, suffix);
            if (log.Disk.FileExists(path + from))
                log.Disk.Rename(path + from, path + to);
        }
    }
}
