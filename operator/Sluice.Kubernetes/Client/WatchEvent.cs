namespace Sluice.Kubernetes;

/// <summary>What happened to a watched object.</summary>
public enum WatchEventType
{
    /// <summary>It is new, or newly fits the selector.</summary>
    Added,

    /// <summary>It changed.</summary>
    Modified,

    /// <summary>It is gone, or no longer fits the selector; the object is its last state.</summary>
    Deleted,

    /// <summary>Nothing happened up to the resource version that the otherwise empty object carries.</summary>
    Bookmark,
}

/// <summary>One event of a watch.</summary>
/// <typeparam name="T">Class of the object.</typeparam>
/// <param name="Type">What happened.</param>
/// <param name="Object">The object after it happened.</param>
public readonly record struct WatchEvent<T>(WatchEventType Type, T Object);
