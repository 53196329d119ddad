using k8s;
using k8s.Models;
using Sluice.Kubernetes.Informers;

namespace Sluice.Kubernetes.Controllers;

/// <summary>Says which changes of a cache concern a controller. Additions, deletions and resyncs always do.</summary>
public static class Predicates
{
    /// <summary>The spec changed (or, for a custom resource, anything but metadata and status).</summary>
    public static bool GenerationChanged<T>(InformerEvent<T> change)
        where T : class, IKubernetesObject<V1ObjectMeta> => Differs(change, static value => value.Metadata.Generation);

    /// <summary>Anything changed at all; false only for resyncs' equal objects.</summary>
    public static bool ResourceVersionChanged<T>(InformerEvent<T> change)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        change.Type != InformerEventType.Updated || change.Old!.Metadata.ResourceVersion != change.Object.Metadata.ResourceVersion;

    /// <summary>An annotation changed.</summary>
    public static bool AnnotationChanged<T>(InformerEvent<T> change)
        where T : class, IKubernetesObject<V1ObjectMeta> => MapDiffers(change, static value => value.Metadata.Annotations);

    /// <summary>A label changed.</summary>
    public static bool LabelChanged<T>(InformerEvent<T> change)
        where T : class, IKubernetesObject<V1ObjectMeta> => MapDiffers(change, static value => value.Metadata.Labels);

    /// <summary>The object was marked for deletion, or a finalizer came or went.</summary>
    public static bool DeletionChanged<T>(InformerEvent<T> change)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        Differs(change, static value => (value.Metadata.DeletionTimestamp, string.Join(',', value.Metadata.Finalizers ?? [])));

    /// <summary>True when any of the predicates is.</summary>
    public static Func<InformerEvent<T>, bool> Any<T>(params Func<InformerEvent<T>, bool>[] predicates) => change => predicates.Any(predicate => predicate(change));

    /// <summary>True when all of the predicates are.</summary>
    public static Func<InformerEvent<T>, bool> All<T>(params Func<InformerEvent<T>, bool>[] predicates) => change => predicates.All(predicate => predicate(change));

    /// <summary>True when the predicate is not.</summary>
    public static Func<InformerEvent<T>, bool> Not<T>(Func<InformerEvent<T>, bool> predicate) => change => !predicate(change);

    private static bool Differs<T, TValue>(InformerEvent<T> change, Func<T, TValue> value)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        change.Type != InformerEventType.Updated || change.IsResync || !EqualityComparer<TValue>.Default.Equals(value(change.Old!), value(change.Object));

    private static bool MapDiffers<T>(InformerEvent<T> change, Func<T, IDictionary<string, string>?> map)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (change.Type != InformerEventType.Updated || change.IsResync) return true;
        IDictionary<string, string> before = map(change.Old!) ?? new Dictionary<string, string>();
        IDictionary<string, string> after = map(change.Object) ?? new Dictionary<string, string>();
        return before.Count != after.Count || before.Any(pair => !after.TryGetValue(pair.Key, out string? value) || value != pair.Value);
    }
}
