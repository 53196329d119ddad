namespace Sluice.Core.Shards;

/// <summary>
/// Work that may block (fsync, deletion, a cold read), taken off the shard: <see cref="Execute"/> runs on some other thread,
/// then <see cref="Complete"/> on the shard that started it.
/// </summary>
public abstract class BackgroundTask
{
    /// <summary>Which threads it runs on, so that much work of one kind does not hold up another.</summary>
    public virtual BackgroundKind Kind => BackgroundKind.Writing;

    /// <summary>The blocking part. Touches nothing that a shard owns, except what the concrete type says that it may.</summary>
    public abstract void Execute();

    /// <summary>Takes the result back, on the shard that started the task.</summary>
    /// <param name="shard">The shard that started the task.</param>
    /// <param name="error">What <see cref="Execute"/> threw; null when it succeeded.</param>
    public abstract void Complete(Shard shard, Exception? error);
}
