using System.Collections.Concurrent;

namespace Sluice.Client.Consuming;

/// <summary>What went wrong in the background, for the next poll to throw.</summary>
internal sealed class ConsumerErrors(Pulse changed)
{
    private const int Max = 100;

    private readonly ConcurrentQueue<Exception> _errors = [];

    public void Add(Exception error)
    {
        // A program that never polls must not collect errors without end.
        if (_errors.Count >= Max) return;
        _errors.Enqueue(error);
        changed.Set();
    }

    public void ThrowFirst()
    {
        if (_errors.TryDequeue(out Exception? error)) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
    }
}
