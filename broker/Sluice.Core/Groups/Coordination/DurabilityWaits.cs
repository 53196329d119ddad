using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Sluice.Core.Groups.Coordination;

/// <summary>Who waits for records of groups to be safe, in the order in which these were written; some of them not for ever.</summary>
internal sealed class DurabilityWaits
{
    private readonly Shard _shard;
    private readonly int _timeoutMs;
    private readonly Queue<Wait> _all = new();
    private readonly Queue<Wait> _timed = new();
    private readonly GroupTimer _timer;
    private bool _isArmed;

    /// <param name="shard">The shard.</param>
    /// <param name="timeoutMs">How long those wait that may time out.</param>
    public DurabilityWaits(Shard shard, int timeoutMs)
    {
        _shard = shard;
        _timeoutMs = timeoutMs;
        _timer = new GroupTimer(TimeOut);
    }

    /// <summary>Has somebody wait for a round.</summary>
    public void Add(int round, Action<ErrorCode> done, bool mayTimeOut)
    {
        var wait = new Wait(round, _shard.MonotonicMs + _timeoutMs, done);
        _all.Enqueue(wait);
        if (!mayTimeOut) return;
        _timed.Enqueue(wait);
        Arm();
    }

    /// <summary>The rounds up to this one are safe.</summary>
    public void Complete(int round)
    {
        while (_all.TryPeek(out Wait? wait) && wait.Round <= round)
        {
            _all.Dequeue();
            wait.End(ErrorCode.None);
        }
        Prune();
    }

    /// <summary>Nothing that is waited for will be safe.</summary>
    public void Fail(ErrorCode error)
    {
        while (_all.TryDequeue(out Wait? wait)) wait.End(error);
        Prune();
    }

    private void TimeOut()
    {
        _isArmed = false;
        while (_timed.TryPeek(out Wait? wait) && (wait.IsOver || wait.DeadlineMs <= _shard.MonotonicMs))
        {
            _timed.Dequeue();
            wait.End(ErrorCode.CoordinatorNotAvailable);
        }
        if (_timed.Count > 0) Arm();
    }

    /// <summary>Both queues have the same order: whoever is done stands first.</summary>
    private void Prune()
    {
        while (_timed.TryPeek(out Wait? wait) && wait.IsOver) _timed.Dequeue();
    }

    private void Arm()
    {
        if (_isArmed) return;
        _isArmed = true;
        _shard.Timers.Schedule(_timer, _timed.Peek().DeadlineMs);
    }

    private sealed class Wait(int round, long deadlineMs, Action<ErrorCode> done)
    {
        public int Round { get; } = round;

        public long DeadlineMs { get; } = deadlineMs;

        public bool IsOver { get; private set; }

        /// <summary>Calls back, unless that was done.</summary>
        public void End(ErrorCode error)
        {
            if (IsOver) return;
            IsOver = true;
            done(error);
        }
    }
}
