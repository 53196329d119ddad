using Sluice.Core.Partitions;
using Sluice.Core.Retention;
using Sluice.Core.Shards;
using Sluice.Storage.Cleaning;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Core.Cleaning;

/// <summary>
/// One cleaning of one partition's log, driven by its owner: steps in the background, swaps on the owner, then the cleaner's checkpoint;
/// the end is reported to shard 0. Between two steps the owner waits as long as the cleaner's rate asks for.
/// </summary>
internal sealed class PartitionCleaning(LogCleaner cleaner, CleanerCandidate candidate, CleanerSettings settings) : ShardTask
{
    private LogCleaning? _cleaning;
    private NextStep? _next;
    private Partition _partition = null!;
    private PartitionLog _log = null!;
    private long _beganMs;
    private long _stepBeganMs;
    private long _elapsedMs;
    private bool _isCleaned;
    private bool _hasFailed;
    private bool _isOver;

    /// <inheritdoc/>
    public override void Run(Shard shard)
    {
        if (_isOver) cleaner.Ended(shard, candidate.Name, _isCleaned, _isCleaned || _hasFailed ? _cleaning!.Statistics : null, _elapsedMs);
        else Begin(shard);
    }

    private void Begin(Shard shard)
    {
        // Which batch is a producer's last must not be one that the disk may refuse yet.
        if (shard.Partitions.Find(candidate.Topic, candidate.Partition) is not { Log: { IsFailed: false, IsCleaning: false } log } partition || !partition.WriteTurn(shard))
        {
            Report(shard);
            return;
        }
        _partition = partition;
        _log = log;
        _beganMs = shard.MonotonicMs;
        try
        {
            CleanableRange range = log.FindCleanable(partition.CleanedUpTo, partition.StableEnd, shard.NowMs);
            if (range.IsDue(log.Config.MinCleanableDirtyRatio)) _cleaning = log.BeginCleaning(range, settings.Limits, shard.NowMs);
        }
        catch (DiskException e)
        {
            shard.Host.Log(LogSeverity.Warning, $"the cleaning of {candidate.Name} could not begin", e);
        }
        if (_cleaning is null) Report(shard);
        else Step(shard);
    }

    private void Step(Shard shard)
    {
        _stepBeganMs = shard.MonotonicMs;
        shard.Host.RunInBackground(new StepTask(this, _cleaning!, settings.StepBytes));
    }

    private void Stepped(Shard shard, CleaningStep step, Exception? error)
    {
        if (error is not null)
        {
            Fail(shard, error);
            return;
        }
        switch (step)
        {
            case CleaningStep.Cancelled:
                End(shard);
                return;
            case CleaningStep.Finished:
                shard.Host.RunInBackground(new CheckpointTask(this, shard.Node.Logs, _cleaning!.EndOffset));
                return;
            case CleaningStep.SwapDue:
                Swap(shard);
                break;
            default:
                break;
        }
        // By a timer also when there is nothing to wait for: a loop that has ended fires none, so the cleaning ends with it.
        shard.Timers.Schedule(_next ??= new NextStep(this), shard.MonotonicMs + settings.DelayMs(_cleaning!.BytesOfStep, shard.MonotonicMs - _stepBeganMs));
    }

    private void Swap(Shard shard)
    {
        try
        {
            if (!_log.SwapCleaned(_cleaning!, shard.NowMs)) return;
            shard.Partitions.AtTurnEnd(_partition);
            SegmentFileDeletion.Schedule(shard, _partition, _log);
        }
        catch (DiskException e)
        {
            if (_partition.Log == _log) _partition.Fail(shard, "the swap of a cleaned segment", e);
        }
    }

    private void Checkpointed(Shard shard, Exception? error)
    {
        // Without the checkpoint the next cleaning does again what is done; nothing is wrong with the log.
        if (error is not null) shard.Host.Log(LogSeverity.Warning, $"the cleaner's checkpoint of {candidate.Name} could not be written", error);
        _partition.CleanedUpTo = _cleaning!.EndOffset;
        _isCleaned = true;
        CleaningStatistics done = _cleaning.Statistics;
        shard.Host.Log(LogSeverity.Debug,
            $"{candidate.Name} is cleaned from offset {_cleaning.Range.FirstDirtyOffset} to {_cleaning.EndOffset}: {done.BytesRead} bytes became {done.BytesWritten}, {done.RecordsRead} records {done.RecordsWritten}");
        if (done.RecordsWithoutKey > 0) shard.Host.Log(LogSeverity.Warning, $"{done.RecordsWithoutKey} records of {candidate.Name} had no key and were dropped: the topic was not compacted when they were written");
        End(shard);
    }

    private void Fail(Shard shard, Exception error)
    {
        bool passes = error is DiskException { Kind: not DiskErrorKind.Corrupt };
        shard.Host.Log(LogSeverity.Warning, passes
            ? $"the cleaning of {candidate.Name} failed; trying again"
            : $"{candidate.Name} cannot be cleaned, and is not until the broker starts again", error);
        _partition.IsUncleanable |= !passes;
        _hasFailed = true;
        End(shard);
    }

    private void End(Shard shard)
    {
        _log.EndCleaning(_cleaning!);
        _elapsedMs = shard.MonotonicMs - _beganMs;
        // Retention has left the log alone meanwhile.
        if (_partition.Log == _log) LogRetention.Apply(shard, _partition);
        Report(shard);
    }

    private void Report(Shard shard)
    {
        _isOver = true;
        shard.Host.Post(0, this);
    }

    private sealed class NextStep(PartitionCleaning cleaning) : ShardTimer
    {
        public override void Fire(Shard shard) => cleaning.Step(shard);
    }

    private sealed class StepTask(PartitionCleaning owner, LogCleaning cleaning, long bytesMax) : BackgroundTask
    {
        private CleaningStep _step;

        public override void Execute() => _step = cleaning.Step(bytesMax);

        public override void Complete(Shard shard, Exception? error) => owner.Stepped(shard, _step, error);
    }

    private sealed class CheckpointTask(PartitionCleaning owner, LogDirectory directory, long offset) : BackgroundTask
    {
        private readonly PartitionName _partition = new(owner._partition.Topic, owner._partition.Id);
        private readonly int _life = owner._partition.Life;

        public override void Execute() => directory.WriteCleanerOffset(_partition, _life, offset);

        public override void Complete(Shard shard, Exception? error) => owner.Checkpointed(shard, error);
    }
}
