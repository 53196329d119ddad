using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Storage.Segments;

/// <summary>Makes the files of new segments.</summary>
internal static class NewSegment
{
    private static readonly string[] Suffixes = [LogFileNames.Log, LogFileNames.Index, LogFileNames.TimeIndex];

    /// <summary>Makes the files of a new, empty segment.</summary>
    public static LogSegment Create(LogState log, long baseOffset, long nowMs)
    {
        log.DirectoryDirty = true;
        try
        {
            foreach (string suffix in Suffixes)
            {
                using IDiskFile file = log.Disk.Open(LogFileNames.File(log.Directory, baseOffset, suffix), DiskAccess.Create);
                if (file.Length > 0)
                    file.SetLength(0);
                if (suffix == LogFileNames.Log && log.Config.Preallocate)
                    file.Reserve(log.Config.SegmentBytes);
            }
        }
        catch (DiskException)
        {
            Discard(log, baseOffset);
            throw;
        }
        return new LogSegment(log, baseOffset, 0, nowMs);
    }

    /// <summary>The segment before goes on; at the next start an empty one in its middle would end the log there.</summary>
    private static void Discard(LogState log, long baseOffset)
    {
        try
        {
            foreach (string suffix in Suffixes)
                log.Disk.DeleteIfExists(LogFileNames.File(log.Directory, baseOffset, suffix));
        }
        catch (DiskException e)
        {
            log.Fail(e);
        }
    }
}
