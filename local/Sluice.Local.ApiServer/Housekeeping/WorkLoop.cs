using Microsoft.Extensions.Logging;
using Sluice.Local.ApiServer.Http;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Housekeeping;

/// <summary>
/// Handles keys one after the other on a task of its own: a key that waits already is not added twice, and one whose handling
/// failed or asked for it comes back later.
/// </summary>
internal sealed class WorkLoop<TKey>(string name, TimeProvider clock, ILogger logger, Func<TKey, Task<TimeSpan?>> handle) : IAsyncDisposable
    where TKey : notnull
{
    private static readonly TimeSpan RetryFirst = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RetryMost = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Queue<TKey> _queue = new();
    private readonly HashSet<TKey> _waiting = [];
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly SemaphoreSlim _work = new(0);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(RunAsync);

    public void Add(TKey key)
    {
        lock (_gate)
        {
            if (!_waiting.Add(key))
                return;
            _queue.Enqueue(key);
        }

        _work.Release();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _work.WaitAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            TKey key;
            lock (_gate)
            {
                key = _queue.Dequeue();
                _waiting.Remove(key);
            }

            await HandleAsync(key);
        }
    }

    private async Task HandleAsync(TKey key)
    {
        try
        {
            var again = await handle(key);
            _failures.Remove(key);
            if (again is { } delay)
                _ = AddLaterAsync(key, delay);
        }
        catch (StoreConflictException)
        {
            // Somebody else has changed the object: look again.
            _ = AddLaterAsync(key, RetryFirst);
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            ApiLog.HousekeepingFailed(logger, name, key.ToString(), error);
            var failures = _failures[key] = _failures.GetValueOrDefault(key) + 1;
            var delay = RetryFirst * Math.Pow(2, Math.Min(failures, 12));
            _ = AddLaterAsync(key, delay < RetryMost ? delay : RetryMost);
        }
        catch (Exception)
        {
            // The store closes; the work is found again at the next start.
        }
    }

    private async Task AddLaterAsync(TKey key, TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, clock, _stop.Token);
            Add(key);
        }
        catch (OperationCanceledException)
        {
            // Stopped in the meantime.
        }
    }
}
