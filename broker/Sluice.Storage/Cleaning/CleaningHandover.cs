using Sluice.Storage.Disk;
using Sluice.Storage.Logs;

namespace Sluice.Storage.Cleaning;

/// <summary>The owner's side of a log's cleaning: begins it, at most one at a time, and takes over the segments that it has written.</summary>
internal sealed class CleaningHandover(LogState log, LogDeletion deletion)
{
    private LogCleaning? _underWay;

    public bool IsUnderWay => _underWay is not null;

    /// <inheritdoc cref="PartitionLog.BeginCleaning"/>
    public LogCleaning Begin(in CleanableRange range, CleaningLimits limits, long nowMs)
    {
        if (_underWay is not null)
            throw new InvalidOperationException($"{log.Directory} is being cleaned already.");
        log.EnsureUsable();
        // Whoever drives the cleaning ends it; the log only remembers which one may swap.
        var cleaning = new LogCleaning(log, range, limits, nowMs);
        _underWay = cleaning;
        return cleaning;
    }

    /// <summary>Has a cleaning that is under way end: segments that it reads are about to go, or the log is.</summary>
    public void Cancel() => _underWay?.Cancel();

    /// <inheritdoc cref="PartitionLog.SwapCleaned"/>
    public bool TrySwap(LogCleaning cleaning, long nowMs)
    {
        int first = log.Segments.IndexOf(cleaning.Group[0].Segment);
        if (!MaySwap(cleaning) || !HoldsGroup(cleaning, first))
        {
            cleaning.Cancel();
            return false;
        }
        try
        {
            SegmentSwap.Execute(log, deletion, cleaning, first, nowMs);
            return true;
        }
        catch (DiskException)
        {
            cleaning.Abandon();
            throw;
        }
    }

    /// <inheritdoc cref="PartitionLog.EndCleaning"/>
    public void End(LogCleaning cleaning)
    {
        cleaning.Dispose();
        if (cleaning == _underWay)
            _underWay = null;
    }

    private bool MaySwap(LogCleaning cleaning) =>
        cleaning == _underWay && !cleaning.IsCancelled && log.Failure is null && cleaning.Truncations == log.Truncations;

    /// <summary>Whether all the segments that the cleaned one was made from are still in the log, and finished.</summary>
    private bool HoldsGroup(LogCleaning cleaning, int first)
    {
        if (first < 0 || first + cleaning.Group.Count >= log.Segments.Count)
            return false;
        for (int i = 0; i < cleaning.Group.Count; i++)
        {
            if (log.Segments[first + i] != cleaning.Group[i].Segment)
                return false;
        }
        return true;
    }
}
