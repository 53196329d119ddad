namespace Sluice.Local.NodeAgent;

/// <summary>Wakes one sleeper; any number of calls while it works make it look once more.</summary>
internal sealed class WakeSignal
{
    private TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Wakes the sleeper, or keeps it from falling asleep.</summary>
    public void Set() => Volatile.Read(ref _signal).TrySetResult();

    /// <summary>Sleeps until woken or until the time is over; null: as long as it takes.</summary>
    public async Task WaitAsync(TimeSpan? time, CancellationToken cancellation)
    {
        try
        {
            var signal = Volatile.Read(ref _signal).Task;
            if (time is { } limit) await signal.WaitAsync(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, cancellation).ConfigureAwait(false);
            else await signal.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return;
        }
        // Before the caller looks: whoever sets it from now on is answered by another look.
        Volatile.Write(ref _signal, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
