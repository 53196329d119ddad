using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Sluice.Kubernetes.Client;

namespace Sluice.Kubernetes.Controllers;

/// <summary>Marks that hold back the removal of a deleted object until its outside state is cleaned up.</summary>
public static class Finalizers
{
    /// <summary>Whether the object has the finalizer.</summary>
    public static bool Has(IKubernetesObject<V1ObjectMeta> value, string finalizer) => value.Metadata.Finalizers?.Contains(finalizer) == true;

    /// <summary>Adds a finalizer before any outside state is made. Fails with Conflict when the object changed since it was read.</summary>
    public static Task<T> AddAsync<T>(KubernetesClient client, T value, string finalizer, CancellationToken cancellation)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (Has(value, finalizer)) return Task.FromResult(value);
        return PatchAsync(client, value, [.. value.Metadata.Finalizers ?? [], finalizer], cancellation);
    }

    /// <summary>Removes a finalizer when nothing outside is left. An object that is gone already is fine.</summary>
    public static async Task RemoveAsync<T>(KubernetesClient client, T value, string finalizer, CancellationToken cancellation)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (!Has(value, finalizer)) return;
        try
        {
            await PatchAsync(client, value, [.. value.Metadata.Finalizers!.Where(other => other != finalizer)], cancellation);
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            // Somebody else removed the last finalizer in between.
        }
    }

    private static Task<T> PatchAsync<T>(KubernetesClient client, T value, string[] finalizers, CancellationToken cancellation)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        // A merge patch replaces the whole list, so the version guards another controller's finalizer.
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = value.Metadata.ResourceVersion,
                ["finalizers"] = new JsonArray([.. finalizers.Select(finalizer => JsonValue.Create(finalizer))]),
            },
        };
        return client.MergePatchAsync<T>(value.Metadata.NamespaceProperty, value.Metadata.Name!, patch, null, cancellation);
    }
}
