using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using k8s;
using k8s.Models;

namespace Sluice.Kubernetes.Models;

/// <summary>Where the API serves one kind of objects.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">Version within the group.</param>
/// <param name="Plural">Name in paths.</param>
/// <param name="Kind">Kind of the objects.</param>
/// <param name="Namespaced">Whether objects live in a namespace.</param>
public sealed record ResourceType(string Group, string Version, string Plural, string Kind, bool Namespaced = true)
{
    /// <summary>The built-in kinds that live in no namespace and that Sluice reads or writes: their classes don't say so.</summary>
    private static readonly FrozenSet<string> ClusterWide =
    [
        "Namespace", "Node", "PersistentVolume", "StorageClass", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding",
    ];

    private static readonly ConcurrentDictionary<Type, ResourceType> ByClass = new();

    /// <summary>The value of <c>apiVersion</c>: group and version, or the version alone in the core group.</summary>
    public string ApiVersion { get; } = Group.Length == 0 ? Version : Group + "/" + Version;

    /// <summary>Reads <see cref="KubernetesEntityAttribute"/> of a class.</summary>
    /// <exception cref="InvalidOperationException">The class has none.</exception>
    public static ResourceType Of<T>() => Of(typeof(T));

    /// <inheritdoc cref="Of{T}"/>
    public static ResourceType Of(Type type) => ByClass.GetOrAdd(type, static type =>
    {
        KubernetesEntityAttribute attribute = type.GetCustomAttribute<KubernetesEntityAttribute>(inherit: false)
            ?? throw new InvalidOperationException($"{type.FullName} has no [KubernetesEntity]: pass its ResourceType, or add the attribute.");
        bool namespaced = type.Assembly != typeof(V1Pod).Assembly || !ClusterWide.Contains(attribute.Kind);
        return new ResourceType(attribute.Group ?? "", attribute.ApiVersion, attribute.PluralName, attribute.Kind, namespaced);
    });

    /// <summary>Gives an object apiVersion and kind, which models are made without.</summary>
    public static void Stamp(IKubernetesObject value)
    {
        var type = Of(value.GetType());
        value.ApiVersion = type.ApiVersion;
        value.Kind = type.Kind;
    }

    /// <summary>
    /// The path of an object, of a collection (<paramref name="name"/> null), or of a collection over all namespaces
    /// (<paramref name="ns"/> null too).
    /// </summary>
    /// <exception cref="ArgumentException">A name is given without a namespace, for a namespaced kind.</exception>
    public string Path(string? ns, string? name = null, string? subresource = null)
    {
        if (Namespaced && ns is null && name is not null)
            throw new ArgumentException($"{Kind} '{name}' lives in a namespace: none was given.", nameof(ns));
        var path = new StringBuilder(Group.Length == 0 ? "/api/" : "/apis/");
        if (Group.Length > 0) path.Append(Group).Append('/');
        path.Append(Version);
        if (Namespaced && ns is not null) path.Append("/namespaces/").Append(Uri.EscapeDataString(ns));
        path.Append('/').Append(Plural);
        if (name is not null) path.Append('/').Append(Uri.EscapeDataString(name));
        if (subresource is not null) path.Append('/').Append(subresource);
        return path.ToString();
    }
}
