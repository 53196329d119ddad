using System.Buffers;

namespace Sluice.Client.Producing;

/// <summary>The memory that a producer may use for batches. Who finds none waits in a queue, so that the first to come is the first to go on.</summary>
/// <remarks>
/// It also keeps the arrays of whole batches, the last used first: shared pools keep only a few so large, and clearing new ones would
/// cost as much as filling them.
/// </remarks>
internal sealed class BufferMemory(long total, TimeProvider clock, int batchBytes = 0)
{
    private readonly Stack<byte[]> _arrays = new();
    private readonly long _total = total;
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private long _free = total;

    /// <summary>Bytes not taken.</summary>
    public long Free
    {
        get
        {
            lock (_lock) return _free;
        }
    }

    /// <summary>Whether someone waits: batches then leave before they are full.</summary>
    public bool HasWaiters
    {
        get
        {
            lock (_lock) return _waiters.Count > 0;
        }
    }

    /// <summary>An array for bytes that were taken.</summary>
    public byte[] Rent(int bytes)
    {
        if (bytes != batchBytes) return ArrayPool<byte>.Shared.Rent(bytes);
        lock (_arrays)
        {
            if (_arrays.TryPop(out byte[]? array)) return array;
        }

        return GC.AllocateUninitializedArray<byte>(bytes);
    }

    /// <summary>Gives an array back. Its bytes are given back apart from it.</summary>
    public void Return(byte[] array)
    {
        if (array.Length != batchBytes)
        {
            ArrayPool<byte>.Shared.Return(array);
            return;
        }

        lock (_arrays)
        {
            if ((_arrays.Count + 1L) * batchBytes <= _total) _arrays.Push(array);
        }
    }

    /// <summary>Takes bytes if they are free and nobody waits.</summary>
    public bool TryTake(int bytes)
    {
        lock (_lock)
        {
            if (_waiters.Count > 0 || _free < bytes) return false;
            _free -= bytes;
            return true;
        }
    }

    /// <summary>Takes bytes, waiting until they are free.</summary>
    /// <exception cref="TimeoutException">They were not within the time.</exception>
    public async Task TakeAsync(int bytes, TimeSpan timeout, CancellationToken cancellation)
    {
        LinkedListNode<Waiter> place;
        lock (_lock)
        {
            if (_waiters.Count == 0 && _free >= bytes)
            {
                _free -= bytes;
                return;
            }

            place = _waiters.AddLast(new Waiter(bytes));
        }

        try
        {
            await place.Value.Granted.Task.WaitAsync(timeout, clock, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            if (Withdraw(place)) throw;
        }
    }

    /// <summary>Gives bytes back and lets those go on who now find enough.</summary>
    public void Give(int bytes)
    {
        lock (_lock)
        {
            _free += bytes;
            Grant();
        }
    }

    /// <summary>Leaves the queue; false when the bytes were granted just before.</summary>
    private bool Withdraw(LinkedListNode<Waiter> place)
    {
        lock (_lock)
        {
            if (place.List is null) return false;
            _waiters.Remove(place);
            // Who stood behind may need less.
            Grant();
            return true;
        }
    }

    private void Grant()
    {
        while (_waiters.First is { } first && first.Value.Bytes <= _free)
        {
            _free -= first.Value.Bytes;
            _waiters.RemoveFirst();
            first.Value.Granted.SetResult();
        }
    }

    private sealed record Waiter(int Bytes)
    {
        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
