using k8s;
using k8s.Models;
using Sluice.Kubernetes.Models;

namespace Sluice.Kubernetes.Controllers;

/// <summary>Who owns an object: Kubernetes deletes it with its owner.</summary>
public static class OwnerReferences
{
    /// <summary>A reference that makes <paramref name="owner"/> the one controller of an object.</summary>
    public static V1OwnerReference ControllerOf(IKubernetesObject<V1ObjectMeta> owner) => new()
    {
        ApiVersion = ResourceType.Of(owner.GetType()).ApiVersion,
        Kind = ResourceType.Of(owner.GetType()).Kind,
        Name = owner.Metadata.Name ?? throw new ArgumentException("The owner has no name.", nameof(owner)),
        Uid = owner.Metadata.Uid ?? throw new ArgumentException("The owner has no uid: it was not read from the API.", nameof(owner)),
        Controller = true,
        BlockOwnerDeletion = true,
    };

    /// <summary>The controlling owner's reference; null when there is none.</summary>
    public static V1OwnerReference? ControllerOf(V1ObjectMeta metadata) => metadata.OwnerReferences?.FirstOrDefault(reference => reference.Controller == true);

    /// <summary>Makes an object owned and controlled.</summary>
    /// <exception cref="InvalidOperationException">Another object controls it, or the two live in different namespaces.</exception>
    public static void SetController(IKubernetesObject<V1ObjectMeta> child, IKubernetesObject<V1ObjectMeta> owner)
    {
        if (owner.Metadata.NamespaceProperty is { } ns && ns != child.Metadata.NamespaceProperty)
            throw new InvalidOperationException($"{owner.Kind} {ns}/{owner.Metadata.Name} cannot own {child.Kind} {child.Metadata.Name} of namespace {child.Metadata.NamespaceProperty}.");
        V1OwnerReference reference = ControllerOf(owner);
        if (ControllerOf(child.Metadata) is { } other && other.Uid != reference.Uid)
            throw new InvalidOperationException($"{child.Kind} {ObjectKey.Of(child)} is controlled by {other.Kind} {other.Name} already.");
        child.Metadata.OwnerReferences = [.. (child.Metadata.OwnerReferences ?? []).Where(existing => existing.Uid != reference.Uid), reference];
    }

    /// <summary>Whether an object is controlled by this very owner (by uid).</summary>
    public static bool IsControlledBy(IKubernetesObject<V1ObjectMeta> child, IKubernetesObject<V1ObjectMeta> owner) =>
        ControllerOf(child.Metadata) is { } reference && reference.Uid == owner.Metadata.Uid;
}
