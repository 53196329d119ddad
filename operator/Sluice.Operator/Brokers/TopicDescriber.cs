namespace Sluice.Operator.Brokers;

/// <summary>
/// Asks for many topics in one request: what is asked within a short time goes out together, so that checking ten thousand topics for
/// drift costs a hundred requests and not ten thousand.
/// </summary>
internal sealed class TopicDescriber(IBrokerAdmin admin, TimeProvider time)
{
    private const int BatchMax = 100;
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(10);
    private readonly Lock _lock = new();
    private Batch? _open;

    /// <summary>The topic as it is; null when it does not exist.</summary>
    public async Task<BrokerTopic?> DescribeAsync(string name, CancellationToken cancellation)
    {
        Batch batch;
        lock (_lock)
        {
            batch = _open ??= Open();
            batch.Names.Add(name);
            if (batch.Names.Count >= BatchMax)
            {
                _open = null;
                batch.Full.TrySetResult();
            }
        }
        return (await batch.Answer.Task.WaitAsync(cancellation))[name];
    }

    /// <summary>Starts a batch. It is sent by another thread, since this one holds the lock and has not put a name into it yet.</summary>
    private Batch Open()
    {
        var batch = new Batch();
        _ = Task.Run(() => SendAfterLingerAsync(batch), CancellationToken.None);
        return batch;
    }

    private async Task SendAfterLingerAsync(Batch batch)
    {
        await Task.WhenAny(batch.Full.Task, Task.Delay(Linger, time));
        lock (_lock)
        {
            if (_open == batch) _open = null;
        }
        try
        {
            // The caller that gives up first must not take the others' answer with it, so no caller's token is used here.
            batch.Answer.TrySetResult(await admin.DescribeTopicsAsync(batch.Names, CancellationToken.None));
        }
        catch (Exception error)
        {
            // Every caller of the batch gets it.
            batch.Answer.TrySetException(error);
        }
    }

    private sealed class Batch
    {
        public HashSet<string> Names { get; } = [];

        public TaskCompletionSource Full { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<IReadOnlyDictionary<string, BrokerTopic?>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
