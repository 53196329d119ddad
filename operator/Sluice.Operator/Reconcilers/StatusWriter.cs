using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;
using Sluice.Operator.Desired;

namespace Sluice.Operator.Reconcilers;

/// <summary>Writes a status when it says something new, and not otherwise.</summary>
internal sealed class StatusWriter(KubernetesClient client)
{
    /// <summary>
    /// Writes the status of an object by server-side apply, so that another controller's conditions stay. Fails with Conflict when the object
    /// changed since it was read: a status built from an older one would take back what that says, such as the id of a topic.
    /// </summary>
    /// <param name="value">The object as it was read.</param>
    /// <param name="before">Its status as it was read.</param>
    /// <param name="after">Its status as it should be.</param>
    /// <param name="cancellation">Stops the request.</param>
    public async Task WriteAsync<TStatus>(IKubernetesObject<V1ObjectMeta> value, TStatus? before, TStatus after, CancellationToken cancellation)
        where TStatus : class
    {
        JsonObject status = ApiJson.ToJsonObject(after);
        if (before is not null && JsonNode.DeepEquals(ApiJson.ToJsonObject(before), status)) return;
        var patch = new JsonObject
        {
            ["apiVersion"] = value.ApiVersion,
            ["kind"] = value.Kind,
            ["metadata"] = new JsonObject { ["name"] = value.Metadata.Name, ["namespace"] = value.Metadata.NamespaceProperty, ["resourceVersion"] = value.Metadata.ResourceVersion },
            ["status"] = status,
        };
        try
        {
            await client.Resource(ResourceType.Of(value.GetType())).ApplyStatusAsync(patch, new WriteOptions { FieldManager = ClusterNames.Operator, Force = true }, cancellation);
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            // Deleted meanwhile: nobody is left to read it.
        }
    }
}
