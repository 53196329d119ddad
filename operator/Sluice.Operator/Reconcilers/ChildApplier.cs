using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;
using Sluice.Operator.Desired;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Reconcilers;

/// <summary>
/// Applies what should be there for a cluster, and writes no object that is not the cluster's: what is applied is bound to the
/// version of the object that was looked at. Sends nothing while neither that nor the wish has changed since it was last applied.
/// </summary>
internal sealed class ChildApplier(KubernetesClient client, ClusterChildren children)
{
    /// <summary>
    /// A version that no object has. An object applied with it is made, by server-side apply as any other, and never one that somebody
    /// else made a moment before.
    /// </summary>
    private const string Absent = "1";
    private const int Attempts = 3;

    private readonly ConcurrentDictionary<(ResourceType Type, ObjectKey Key), (string Desired, string? Version, ObjectKey Cluster)> _applied = new();

    /// <summary>Finds the first object that may not be written; null when all may.</summary>
    public async Task<Objection?> CheckAsync(Cluster cluster, IEnumerable<IKubernetesObject<V1ObjectMeta>> desired, CancellationToken cancellation)
    {
        foreach (IKubernetesObject<V1ObjectMeta> child in desired)
        {
            if (Ownership.Find(cluster, child.Kind, await FindAsync(cluster, child, cancellation)) is { } objection) return objection;
        }
        return null;
    }

    /// <summary>Applies one object.</summary>
    /// <param name="cluster">The cluster that the object is to belong to.</param>
    /// <param name="desired">The fields that the operator wants.</param>
    /// <param name="cancellation">Stops the request.</param>
    /// <returns>Why that may not be; null when the object is as it should be.</returns>
    public async Task<Objection?> ApplyAsync(Cluster cluster, IKubernetesObject<V1ObjectMeta> desired, CancellationToken cancellation)
    {
        var type = ResourceType.Of(desired.GetType());
        JsonObject tree = JsonNode.Parse(JsonSerializer.SerializeToUtf8Bytes(desired, desired.GetType(), ApiJson.Options))!.AsObject();
        string text = tree.ToJsonString();
        (ResourceType, ObjectKey) key = (type, ObjectKey.Of(desired));
        V1ObjectMeta? present = await FindAsync(cluster, desired, cancellation);
        for (int attempt = 1; ; attempt++)
        {
            if (Ownership.Find(cluster, desired.Kind, present) is { } objection) return objection;
            if (present is not null && _applied.TryGetValue(key, out (string Desired, string? Version, ObjectKey) last) && (last.Desired, last.Version) == (text, present.ResourceVersion)) return null;
            tree["metadata"]!["resourceVersion"] = present?.ResourceVersion ?? Absent;
            try
            {
                JsonObject applied = await client.Resource(type).ApplyAsync(tree, new WriteOptions { FieldManager = ClusterNames.Operator, Force = true }, cancellation);
                _applied[key] = (text, applied["metadata"]?["resourceVersion"]?.ToString(), ObjectKey.Of(cluster));
                return null;
            }
            catch (ApiException error) when (error.IsConflict && attempt < Attempts)
            {
                // Changed since, or made by somebody: whose is it now?
                present = await ReadAsync(desired, cancellation);
            }
            catch (ApiException error) when (error.IsInvalid || (error.Code == System.Net.HttpStatusCode.Forbidden && !error.IsNamespaceTerminating))
            {
                return new Objection(Reasons.Refused, $"the API server refuses the {desired.Kind} {desired.Metadata.Name}: {error.Status.Message}");
            }
        }
    }

    /// <summary>Forgets the objects of a cluster that is gone.</summary>
    public void Forget(ObjectKey cluster)
    {
        foreach (((ResourceType, ObjectKey) key, (string, string?, ObjectKey Cluster) entry) in _applied)
        {
            if (entry.Cluster == cluster) _applied.TryRemove(key, out _);
        }
    }

    /// <summary>What is there by the name of an object. The caches hold what the operator made; of anything else they may know nothing.</summary>
    private async Task<V1ObjectMeta?> FindAsync(Cluster cluster, IKubernetesObject<V1ObjectMeta> desired, CancellationToken cancellation) =>
        children.Find(desired) is { } cached && OwnerReferences.IsControlledBy(cached, cluster) ? cached.Metadata : await ReadAsync(desired, cancellation);

    private async Task<V1ObjectMeta?> ReadAsync(IKubernetesObject<V1ObjectMeta> desired, CancellationToken cancellation)
    {
        JsonObject? present = await client.Resource(ResourceType.Of(desired.GetType())).TryGetAsync(desired.Metadata.NamespaceProperty, desired.Metadata.Name!, cancellation);
        return present?["metadata"].Deserialize<V1ObjectMeta>(ApiJson.Options);
    }
}
