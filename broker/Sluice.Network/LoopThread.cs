namespace Sluice.Network;

/// <summary>The thread of a loop, which alone touches what is the loop's.</summary>
internal sealed class LoopThread
{
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="name">The thread's name.</param>
    /// <param name="run">What it does; must not throw.</param>
    internal LoopThread(string name, Action run) => _thread = new Thread(() =>
    {
        run();
        _ended.SetResult();
    })
    {
        Name = name,
        IsBackground = true,
    };

    /// <summary>The calling thread is this one.</summary>
    internal bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Completes when the thread is done with everything: whoever waited for that may touch what was the loop's.</summary>
    internal Task Ended => _ended.Task;

    internal void Start() => _thread.Start();
}
