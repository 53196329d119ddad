using Sluice.Network.Loops;

namespace Sluice.Broker.Hosting;

/// <summary>
/// Whether every event loop still turns. A loop that is slow for a moment (a cold read) is healthy; one that has not taken a message
/// for half a minute is stuck, and only a restart helps.
/// </summary>
internal sealed class LoopHealth(IReadOnlyList<EventLoop> loops)
{
    private const int StuckAfterMs = 30_000;
    private const int PatienceMs = 200;

    private readonly Lock _lock = new();
    private readonly Ping?[] _pings = new Ping?[loops.Count];

    /// <summary>What is wrong; null when nothing is.</summary>
    internal async Task<string?> CheckAsync()
    {
        var all = new List<Task>(loops.Count);
        lock (_lock)
        {
            for (int i = 0; i < loops.Count; i++)
            {
                if (_pings[i] is not { Taken.IsCompleted: false })
                {
                    _pings[i] = new Ping();
                    loops[i].Post(_pings[i]!);
                }
                all.Add(_pings[i]!.Taken);
            }
        }
        await Task.WhenAny(Task.WhenAll(all), Task.Delay(PatienceMs));
        lock (_lock)
        {
            for (int i = 0; i < loops.Count; i++)
            {
                if (_pings[i] is { Taken.IsCompleted: false } ping && ping.AgeMs > StuckAfterMs)
                    return $"shard {i} has not taken a message for {ping.AgeMs / 1000} s";
            }
        }
        return null;
    }

    private sealed class Ping : IWorkItem
    {
        private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly long _sentAtMs = Environment.TickCount64;

        internal Task Taken => _taken.Task;

        internal long AgeMs => Environment.TickCount64 - _sentAtMs;

        public void Execute() => _taken.SetResult();
    }
}
