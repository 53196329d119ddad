using k8s.Models;

namespace Sluice.Kubernetes.Models;

/// <summary>One page of a list, or all of it.</summary>
/// <typeparam name="T">Class of the items.</typeparam>
public sealed class ResourceList<T>
{
    /// <summary>Version from which a watch carries on, and the token of the next page.</summary>
    public V1ListMeta Metadata { get; set; } = new();

    /// <summary>The objects.</summary>
    public List<T> Items { get; set; } = [];
}
