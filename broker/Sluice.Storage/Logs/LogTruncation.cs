using Sluice.Storage.Disk;
using Sluice.Storage.Segments;

namespace Sluice.Storage.Logs;

/// <summary>Cuts a log's end off, as a follower does that diverged from its leader.</summary>
internal static class LogTruncation
{
    /// <exception cref="DiskException">The disk refused; the log has failed, as nobody knows what is left of it.</exception>
    public static void TruncateTo(LogState log, LogDeletion deletion, long offset, long nowMs) =>
        FailOnError(log, () => CutTo(log, deletion, offset, nowMs));

    /// <inheritdoc cref="TruncateTo"/>
    public static void StartAt(LogState log, LogDeletion deletion, long offset, long nowMs) =>
        FailOnError(log, () => BeginAt(log, deletion, offset, nowMs));

    private static void FailOnError(LogState log, Action action)
    {
        log.EnsureUsable();
        try
        {
            action();
        }
        catch (DiskException e)
        {
            log.Fail(e);
            throw;
        }
    }

    private static void CutTo(LogState log, LogDeletion deletion, long offset, long nowMs)
    {
        if (log.Segments[0].BaseOffset > offset)
        {
            BeginAt(log, deletion, offset, nowMs);
            return;
        }
        log.Truncations++;
        log.Changed = true;
        // The segment that begins at the offset stays, empty, so that there is one to append to.
        deletion.RemoveFrom(offset + 1, nowMs);
        LogSegment active = log.Active;
        if (active.Locate(offset) is { } batch)
        {
            long end = Math.Min(offset, batch.BaseOffset);
            active.TruncateTo(batch.Position, end);
            offset = end;
        }
        Finish(log, offset);
    }

    private static void BeginAt(LogState log, LogDeletion deletion, long offset, long nowMs)
    {
        log.Truncations++;
        log.Changed = true;
        deletion.RemoveFrom(long.MinValue, nowMs);
        log.Segments.Add(NewSegment.Create(log, offset, nowMs));
        log.Epochs.Clear();
        log.LogStartOffset = offset;
        Finish(log, offset);
    }

    private static void Finish(LogState log, long endOffset)
    {
        log.LogEndOffset = log.NextOffset = endOffset;
        log.LogStartOffset = Math.Min(log.LogStartOffset, endOffset);
        log.RecoveryPoint = Math.Min(log.RecoveryPoint, endOffset);
        log.Epochs.TruncateFromEnd(endOffset);
        log.ForgetPositions();
        LogProducers.Reload(log);
    }
}
