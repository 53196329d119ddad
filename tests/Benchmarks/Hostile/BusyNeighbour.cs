using System.Diagnostics;
using Benchmarks.Driving;

namespace Benchmarks.Hostile;

/// <summary>
/// Takes as much of a processor as an attacker took, and leaves the broker alone: what producers lose beside it is not the attack's doing.
/// </summary>
internal sealed class BusyNeighbour : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(2);

    private readonly double _share;
    private readonly Thread _thread;
    private volatile bool _ends;

    /// <param name="share">Processor seconds a second.</param>
    internal BusyNeighbour(double share)
    {
        _share = share;
        _thread = new Thread(Run) { IsBackground = true, Name = "neighbour" };
        _thread.Start();
    }

    public void Dispose()
    {
        _ends = true;
        _thread.Join();
    }

    private void Run()
    {
        var clock = Stopwatch.StartNew();
        TimeSpan began = Native.ThreadCpuTime();
        while (!_ends)
        {
            if (Native.ThreadCpuTime() - began >= clock.Elapsed * _share) Thread.Sleep(Period);
            else Thread.SpinWait(1000);
        }
    }
}
