using Sluice.Storage.Disk;

namespace Sluice.Storage.Logs;

/// <summary>The clean end of a log's use, after which the next start need not look at the batches.</summary>
internal static class LogClosing
{
    /// <summary>Writes and flushes all.</summary>
    /// <returns>False when the log cannot be closed cleanly.</returns>
    /// <exception cref="DiskException">Not all could be written.</exception>
    public static bool Run(LogState log, LogAppender appender, LogFlusher flusher, long nowMs)
    {
        if (!TryWriteAll(log, appender, flusher))
            return false;
        if (!log.Changed)
            return true;
        log.DirectoryDirty = true;
        flusher.FlushForClosing(nowMs);
        return true;
    }

    /// <summary>Writes all that a start without recovery relies on, and waits for no flush.</summary>
    /// <returns>False when the log cannot be closed cleanly.</returns>
    /// <exception cref="DiskException">Not all could be written.</exception>
    public static bool TryWriteAll(LogState log, LogAppender appender, LogFlusher flusher)
    {
        // A flush that still runs may fail, and no later one could tell.
        if (log.Failure is not null || flusher.IsUnderWay)
            return false;
        appender.WriteStaged();
        if (!log.Changed)
            return true;
        log.Active.Seal();
        LogProducers.WriteLastSnapshot(log);
        log.Epochs.Save();
        return true;
    }

    /// <summary>Takes the outcome of a flush of all logs that came after <see cref="TryWriteAll"/>.</summary>
    public static void End(LogState log, bool isDurable)
    {
        if (!log.Changed)
            return;
        if (isDurable)
        {
            log.RecoveryPoint = log.LogEndOffset;
            log.Changed = false;
            return;
        }
        log.Fail(new DiskException(DiskErrorKind.Failed, log.Directory, "the flush of all logs at the end failed"));
        FlushFailure.Note(log.Files.SharedDisk, log.Directory);
    }
}
