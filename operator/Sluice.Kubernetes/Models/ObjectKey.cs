using k8s;
using k8s.Models;

namespace Sluice.Kubernetes.Models;

/// <summary>Namespace and name of an object; the namespace is empty for kinds that live in none.</summary>
/// <param name="Namespace">Namespace, or empty.</param>
/// <param name="Name">Name.</param>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    /// <summary>The key of an object.</summary>
    public static ObjectKey Of(IKubernetesObject<V1ObjectMeta> value) => new(value.Metadata.NamespaceProperty ?? "", value.Metadata.Name ?? "");

    /// <summary><c>namespace/name</c>, or the name alone.</summary>
    public override string ToString() => Namespace.Length == 0 ? Name : Namespace + "/" + Name;
}
