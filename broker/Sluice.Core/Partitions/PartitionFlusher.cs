using Sluice.Core.Shards;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;

namespace Sluice.Core.Partitions;

/// <summary>What happens to a log whose partition no longer uses it.</summary>
internal enum LogFate
{
    /// <summary>Its files are let go as they are; the next start recovers them.</summary>
    Abandon,

    /// <summary>Its directory is deleted.</summary>
    Delete,
}

/// <summary>
/// Makes a partition's log durable: begins a flush when someone waits for one, when <c>flush.messages</c> records or <c>flush.ms</c>
/// milliseconds ask for it, and never more than one at a time; what is appended meanwhile waits for the next one, together.
/// </summary>
internal sealed class PartitionFlusher(Partition partition)
{
    private const long DelayMaxMs = 24 * 60 * 60 * 1000;
    private const long RetryMs = 1000;
    private FlushTimer? _timer;
    private PartitionLog? _inFlight;
    private bool _isRetired;

    /// <summary>Begins a flush if it is time, and arms the timer if it will be.</summary>
    public void BeginIfDue(Shard shard, PartitionLog log, bool someoneWaits)
    {
        if (_inFlight is not null) return;
        // In wall-clock time, as the log keeps it; the timer counts the difference, so a jump of the clock moves one flush at most.
        long due = someoneWaits ? long.MinValue : log.NextFlushMs;
        if (due > shard.NowMs)
        {
            if (due != long.MaxValue && !PlantedPartitionFaults.Has(PlantedPartitionFault.FlushTimerForgotten)) shard.Timers.Schedule(_timer ??= new FlushTimer(partition), shard.MonotonicMs + Math.Min(due - shard.NowMs, DelayMaxMs));
            else if (_timer is not null) shard.Timers.Cancel(_timer);
            return;
        }
        if (_timer is not null) shard.Timers.Cancel(_timer);
        if (TryBegin(shard, log) is not { } ticket) return;
        _inFlight = log;
        partition.FlushBegins();
        shard.Host.RunInBackground(new FlushTask(this, ticket));
    }

    /// <summary>
    /// Gives up a log. Its directory is renamed at once, as the next partition of the same name may come at once; files that a flush
    /// still uses are closed when it is back.
    /// </summary>
    public void Retire(Shard shard, PartitionLog log, LogFate fate)
    {
        if (_timer is not null) shard.Timers.Cancel(_timer);
        _isRetired = true;
        if (fate == LogFate.Delete || _inFlight is null) shard.Partitions.Retire(partition, log, fate);
    }

    private FlushTicket? TryBegin(Shard shard, PartitionLog log)
    {
        try
        {
            return log.BeginFlush();
        }
        catch (DiskException e)
        {
            if (log.IsFailed)
            {
                partition.Fail(shard, "the beginning of a flush", e);
                return null;
            }
            // No descriptor free, or no room for a checkpoint: that passes, and until then nobody is promised anything.
            shard.Host.Log(LogSeverity.Warning, $"a flush of {partition.Topic}-{partition.Id} could not begin; trying again", e);
            shard.Timers.Schedule(_timer ??= new FlushTimer(partition), shard.MonotonicMs + RetryMs);
            return null;
        }
    }

    private void FlushIsBack(Shard shard, FlushTicket ticket, Exception? error)
    {
        PartitionLog log = _inFlight!;
        _inFlight = null;
        try
        {
            if (error is not null) throw new InvalidOperationException("a flush ended in a way that its ticket does not know", error);
            log.CompleteFlush(ticket, shard.NowMs);
        }
        catch (DiskException e)
        {
            // The kernel may have dropped what it could not write: another fsync that succeeds would prove nothing.
            if (!_isRetired) partition.Fail(shard, "an fsync", e);
        }
        if (_isRetired) log.CloseFiles();
        else shard.Partitions.AtTurnEnd(partition);
    }

    private sealed class FlushTimer(Partition partition) : ShardTimer
    {
        public override void Fire(Shard shard) => shard.Partitions.AtTurnEnd(partition);
    }

    private sealed class FlushTask(PartitionFlusher flusher, FlushTicket ticket) : BackgroundTask
    {
        public override void Execute() => ticket.Execute();

        public override void Complete(Shard shard, Exception? error) => flusher.FlushIsBack(shard, ticket, error);
    }
}
