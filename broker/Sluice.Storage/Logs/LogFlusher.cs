using Sluice.Storage.Disk;

namespace Sluice.Storage.Logs;

/// <summary>Makes a log durable: says when that is due, keeps to one flush at a time, and draws the conclusions from how it went.</summary>
internal sealed class LogFlusher(LogState log, long nowMs)
{
    private FlushTicket? _underWay;
    private long _lastMs = nowMs;

    public bool IsUnderWay => _underWay is not null;

    /// <summary>When a flush is due; <see cref="long.MaxValue"/> for never, <see cref="long.MinValue"/> for now.</summary>
    public long NextMs
    {
        get
        {
            long unflushed = log.LogEndOffset - log.RecoveryPoint;
            if (_underWay is not null || log.Failure is not null)
                return long.MaxValue;
            if (HasUnflushedSegment)
                return long.MinValue;
            if (unflushed <= 0)
                return long.MaxValue;
            if (unflushed >= log.Config.FlushMessages)
                return long.MinValue;
            return log.Config.FlushMs > long.MaxValue - _lastMs ? long.MaxValue : _lastMs + log.Config.FlushMs;
        }
    }

    /// <summary>Whether a segment was finished since the last flush.</summary>
    private bool HasUnflushedSegment => log.FirstUnflushedSegment() < log.Segments.Count - 1;

    private bool HasUnflushed => log.RecoveryPoint < log.LogEndOffset || log.DirectoryDirty || log.ParentDirty || HasUnflushedSegment;

    /// <inheritdoc cref="PartitionLog.BeginFlush"/>
    public FlushTicket? Begin()
    {
        if (_underWay is not null || !HasUnflushed)
            return null;
        log.EnsureUsable();
        return _underWay = new FlushTicket(log);
    }

    /// <inheritdoc cref="PartitionLog.CompleteFlush"/>
    public void Complete(FlushTicket ticket, long nowMs)
    {
        if (ticket != _underWay || !ticket.Executed)
            throw new InvalidOperationException("The ticket is not the one under way, or was not executed.");
        _underWay = null;
        ticket.Release();
        if (ticket.Error is { } error)
        {
            // The kernel marks pages clean when writing them failed: trying again would succeed without the data (fsyncgate).
            log.Fail(error);
            log.EnsureUsable();
        }
        _lastMs = nowMs;
        if (ticket.Truncations == log.Truncations)
            log.RecoveryPoint = Math.Max(log.RecoveryPoint, ticket.UpToOffset);
    }

    /// <summary>Takes the result of a flush that was executed, but whose owner had no turn any more to complete it.</summary>
    /// <exception cref="DiskException">The flush failed.</exception>
    public void CompleteExecuted(long nowMs)
    {
        if (_underWay is { Executed: true } executed)
            Complete(executed, nowMs);
    }

    /// <summary>Flushes here and now all that a start without recovery relies on, indexes and snapshots of the last segment as well.</summary>
    /// <exception cref="DiskException">The flush failed.</exception>
    public void FlushForClosing(long nowMs)
    {
        _underWay = new FlushTicket(log, closing: true);
        _underWay.Execute();
        Complete(_underWay, nowMs);
    }
}
