using Sluice.Core.Shards;
using Sluice.Storage.Cleaning;

namespace Sluice.Core.Cleaning;

/// <summary>
/// Decides which logs of the node are compacted and when, as Kafka's LogCleaner: the dirtiest of those that are due, as many at a time as
/// <c>log.cleaner.threads</c> says, and when none is due it looks again after <c>log.cleaner.backoff.ms</c>. Lives on shard 0; the logs
/// are cleaned where they are owned.
/// </summary>
public sealed class LogCleaner
{
    private readonly RoundTimer _timer;
    private readonly HashSet<string> _running = new(StringComparer.Ordinal);
    private readonly List<CleanerSurvey> _answers = [];
    private CleanerSettings? _settings;
    private volatile CleanerStatistics _statistics = new();
    private int _pending;

    internal LogCleaner() => _timer = new RoundTimer(this);

    /// <summary>What the cleaner has done. May be read on any thread.</summary>
    public CleanerStatistics Statistics => _statistics;

    /// <summary>Whether any log is being cleaned, also one whose topic was deleted meanwhile: that ends with its next step.</summary>
    internal bool IsCleaning => _running.Count > 0;

    /// <summary>Arms the timer.</summary>
    internal void Start(Shard shard) => Wait(shard, CleanerSettings.Of(shard));

    /// <summary>One shard has said which of its logs are dirty.</summary>
    internal void Surveyed(Shard shard, CleanerSurvey survey)
    {
        _answers.Add(survey);
        if (--_pending > 0) return;
        CleanerSettings settings = _settings!;
        _statistics = _statistics with
        {
            DirtiestRatio = _answers.Max(answer => answer.DirtiestRatio),
            CompactionDelaySeconds = _answers.Max(answer => answer.DelayMsMax) / 1000.0,
            UncleanablePartitions = _answers.Sum(answer => answer.Uncleanable),
            UncleanableBytes = _answers.Sum(answer => answer.UncleanableBytes),
            LastRunMs = shard.NowMs,
        };
        // A deleted partition of the same name may still be at its cleaning: two must not write the same files.
        IEnumerable<CleanerCandidate> dirtiest = _answers.SelectMany(answer => answer.Candidates).Where(candidate => !_running.Contains(candidate.Name))
            .OrderByDescending(candidate => candidate.Ratio).ThenBy(candidate => candidate.Name, StringComparer.Ordinal).Take(settings.Threads - _running.Count);
        foreach (CleanerCandidate candidate in dirtiest.ToList())
        {
            _running.Add(candidate.Name);
            shard.Host.Post(candidate.Owner, new PartitionCleaning(this, candidate, settings));
        }
        _answers.Clear();
        if (_running.Count == 0) Wait(shard, settings);
    }

    /// <summary>A cleaning has ended, however it did.</summary>
    /// <param name="shard">Shard 0.</param>
    /// <param name="name">The partition.</param>
    /// <param name="isCleaned">Whether the log was cleaned; if not, the cleaner waits before it looks again.</param>
    /// <param name="done">What was done; null when nothing was begun, or it was cancelled.</param>
    /// <param name="elapsedMs">How long it took.</param>
    internal void Ended(Shard shard, string name, bool isCleaned, CleaningStatistics? done, long elapsedMs)
    {
        _running.Remove(name);
        CleanerStatistics last = _statistics;
        if (isCleaned && done is not null)
        {
            _statistics = last with
            {
                Cleanings = last.Cleanings + 1,
                BytesRead = last.BytesRead + done.BytesRead,
                BytesWritten = last.BytesWritten + done.BytesWritten,
                RecordsDropped = last.RecordsDropped + done.RecordsRead - done.RecordsWritten,
                BufferUtilization = done.BufferUtilization,
                RecopyRatio = (double)done.BytesWritten / Math.Max(1, done.BytesRead),
                CleanTimeSeconds = elapsedMs / 1000.0,
            };
            Look(shard);
            return;
        }
        if (done is not null) _statistics = last with { Failures = last.Failures + 1 };
        if (_running.Count == 0) Wait(shard, CleanerSettings.Of(shard));
    }

    private void Look(Shard shard)
    {
        if (_pending > 0) return;
        _settings = CleanerSettings.Of(shard);
        if (!_settings.IsEnabled || _running.Count >= _settings.Threads)
        {
            if (_running.Count == 0) Wait(shard, _settings);
            return;
        }
        shard.Timers.Cancel(_timer);
        _pending = shard.Host.ShardCount;
        for (int i = 0; i < shard.Host.ShardCount; i++) shard.Host.Post(i, new CleanerSurvey(this));
    }

    // A wait of no time would be a loop without end.
    private void Wait(Shard shard, CleanerSettings settings) =>
        shard.Timers.Schedule(_timer, shard.MonotonicMs + Math.Clamp(settings.BackoffMs, 1, TimerQueue.DelayMaxMs));

    private sealed class RoundTimer(LogCleaner cleaner) : ShardTimer
    {
        public override void Fire(Shard shard) => cleaner.Look(shard);
    }
}
