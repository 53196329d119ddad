using k8s;

namespace Sluice.Kubernetes.Client;

/// <summary>One event of a watch.</summary>
/// <typeparam name="T">Class of the object.</typeparam>
/// <param name="Type">What happened; never <see cref="WatchEventType.Error"/>, which is an exception.</param>
/// <param name="Object">The object after it happened; a bookmark's is empty but for its resource version.</param>
public readonly record struct WatchEvent<T>(WatchEventType Type, T Object);
