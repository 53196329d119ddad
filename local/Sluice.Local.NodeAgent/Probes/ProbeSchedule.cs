using k8s.Models;

namespace Sluice.Local.NodeAgent.Probes;

/// <summary>
/// When the next try of a probe is due and what the tries so far mean. Until its first success a probe is also tried between
/// its periods, at growing distances from 20 ms up: a program that starts in a tenth of a second is then seen to be ready in a
/// tenth of a second. Those tries count only when they succeed, so failure thresholds keep their meaning in time.
/// </summary>
internal sealed class ProbeSchedule
{
    private static readonly TimeSpan FirstQuick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestQuick = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _period;
    private readonly int _successes;
    private readonly int _failures;
    private TimeSpan _nextCounted;
    private TimeSpan _quick = FirstQuick;
    private bool _everSucceeded;
    private int _inARow;
    private bool _lastSucceeded;

    /// <summary>A schedule that begins at the container's start.</summary>
    public ProbeSchedule(V1Probe probe, bool initially)
    {
        _period = TimeSpan.FromSeconds(Math.Max(1, probe.PeriodSeconds ?? 10));
        _successes = Math.Max(1, probe.SuccessThreshold ?? 1);
        _failures = Math.Max(1, probe.FailureThreshold ?? 3);
        Next = _nextCounted = TimeSpan.FromSeconds(Math.Max(0, probe.InitialDelaySeconds ?? 0));
        // The first failure at the very start says nothing: the program has not had a period's time.
        _nextCounted += _period;
        Result = initially;
        _everSucceeded = initially;
    }

    /// <summary>When to try again, since the container's start.</summary>
    public TimeSpan Next { get; private set; }

    /// <summary>What the probe says so far, with its thresholds.</summary>
    public bool Result { get; private set; }

    /// <summary>True when so many tries failed in a row that the container is to be restarted (startup and liveness).</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Takes note of a try; true when it counted.</summary>
    public bool Note(bool succeeded, TimeSpan now)
    {
        var counts = succeeded || now >= _nextCounted || _everSucceeded;
        if (counts)
        {
            _inARow = succeeded == _lastSucceeded ? _inARow + 1 : 1;
            _lastSucceeded = succeeded;
            if (succeeded && _inARow >= _successes)
            {
                Result = true;
                _everSucceeded = true;
            }
            if (!succeeded && _inARow >= _failures)
            {
                Result = false;
                HasFailed = true;
            }
            while (_nextCounted <= now) _nextCounted += _period;
        }
        Next = _everSucceeded ? now + _period : Earlier(now + _quick, _nextCounted);
        if (!_everSucceeded) _quick = _quick * 1.5 < LongestQuick ? _quick * 1.5 : LongestQuick;
        return counts;
    }

    private static TimeSpan Earlier(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
