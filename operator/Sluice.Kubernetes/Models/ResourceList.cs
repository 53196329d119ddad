namespace Sluice.Kubernetes.Models;

/// <summary>One page of a list, or all of it.</summary>
/// <typeparam name="T">Class of the items.</typeparam>
public sealed class ResourceList<T>
{
    /// <summary>Group and version of the list.</summary>
    public string? ApiVersion { get; set; }

    /// <summary>Kind of the list, as in <c>PodList</c>.</summary>
    public string? Kind { get; set; }

    /// <summary>Version from which a watch carries on, and the token of the next page.</summary>
    public ListMeta Metadata { get; set; } = new();

    /// <summary>The objects.</summary>
    public List<T> Items { get; set; } = [];
}
