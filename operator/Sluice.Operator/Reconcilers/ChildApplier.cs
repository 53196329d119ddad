using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sluice.Kubernetes;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;
using Sluice.Operator.Desired;

namespace Sluice.Operator.Reconcilers;

/// <summary>
/// Applies what should be there, and sends nothing while neither that nor the object has changed since it was last applied.
/// </summary>
internal sealed class ChildApplier(KubernetesClient client)
{
    private readonly ConcurrentDictionary<(ResourceType Type, ObjectKey Key), (string Desired, string? Version)> _applied = new();

    /// <summary>Applies one object.</summary>
    /// <param name="desired">The fields that the operator wants.</param>
    /// <param name="presentVersion">The version of the object in the cache; null when it is not there.</param>
    /// <param name="cancellation">Stops the request.</param>
    /// <returns>Whether the object was made or changed by this call.</returns>
    public async Task<bool> ApplyAsync(IKubernetesObject desired, string? presentVersion, CancellationToken cancellation)
    {
        var type = ResourceType.Of(desired.GetType());
        JsonObject tree = JsonNode.Parse(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(desired, desired.GetType(), KubernetesJson.Options))!.AsObject();
        string text = tree.ToJsonString();
        (ResourceType, ObjectKey) key = (type, ObjectKey.Of(desired));
        if (presentVersion is not null && _applied.TryGetValue(key, out (string Desired, string? Version) last) && last == (text, presentVersion)) return false;
        JsonObject applied = await client.Resource(type).ApplyAsync(tree, new WriteOptions { FieldManager = ClusterNames.Operator, Force = true }, cancellation);
        string? version = applied["metadata"]?["resourceVersion"]?.ToString();
        _applied[key] = (text, version);
        return version != presentVersion;
    }

    /// <summary>Forgets the objects of a cluster that is gone.</summary>
    public void Forget(string ns, string namePrefix)
    {
        foreach ((ResourceType Type, ObjectKey Key) entry in _applied.Keys)
        {
            if (entry.Key.Namespace == ns && entry.Key.Name.StartsWith(namePrefix + "-", StringComparison.Ordinal)) _applied.TryRemove(entry, out _);
        }
    }
}
