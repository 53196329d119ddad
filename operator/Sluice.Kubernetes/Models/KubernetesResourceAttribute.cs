namespace Sluice.Kubernetes.Models;

/// <summary>Says where the API serves objects of a class.</summary>
/// <param name="group">API group; empty for the core group.</param>
/// <param name="version">Version within the group, as in <c>v1</c>.</param>
/// <param name="plural">Name in paths, as in <c>statefulsets</c>.</param>
/// <param name="kind">Kind, as in <c>StatefulSet</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class KubernetesResourceAttribute(string group, string version, string plural, string kind) : Attribute
{
    /// <summary>API group; empty for the core group.</summary>
    public string Group { get; } = group;

    /// <summary>Version within the group.</summary>
    public string Version { get; } = version;

    /// <summary>Name in paths.</summary>
    public string Plural { get; } = plural;

    /// <summary>Kind of the objects.</summary>
    public string Kind { get; } = kind;

    /// <summary>Whether objects live in a namespace; true unless said otherwise.</summary>
    public bool Namespaced { get; set; } = true;
}
