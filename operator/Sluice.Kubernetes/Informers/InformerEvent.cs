namespace Sluice.Kubernetes.Informers;

/// <summary>What happened to an object of a cache.</summary>
public enum InformerEventType
{
    /// <summary>It is new.</summary>
    Added,

    /// <summary>It changed, or is handed out again by a resync, when old and new are the same object.</summary>
    Updated,

    /// <summary>It is gone. When the informer missed the deletion, the object is its last known state.</summary>
    Deleted,
}

/// <summary>A change of a cache.</summary>
/// <typeparam name="T">Class of the object.</typeparam>
/// <param name="Type">What happened.</param>
/// <param name="Old">The object before; null when it is new.</param>
/// <param name="Object">The object after; when it is gone, its last state.</param>
/// <param name="IsInitial">Part of the first list: the object is not news.</param>
/// <param name="IsResync">Nothing changed: the cache hands out all it has now and then, as a safety net.</param>
public readonly record struct InformerEvent<T>(InformerEventType Type, T? Old, T Object, bool IsInitial = false, bool IsResync = false);
