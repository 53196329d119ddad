using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Resources;

namespace Sluice.Local.ApiServer.Operations;

/// <summary>Rules that look at other objects than the one that is written.</summary>
internal sealed class Admission(ApiCore core)
{
    private const string Namespaces = "/namespaces";

    /// <summary>Objects are created only in a namespace that exists and is not going away.</summary>
    public void CheckCreate(ResourceInfo resource, string? ns, JsonObject item)
    {
        if (!resource.Namespaced || ns is null)
            return;
        var space = core.Store.Head(Namespaces, ns) ?? throw ApiError.NotFound("", "namespaces", ns);
        if (!ObjectMeta.IsTerminating(space.Body))
            return;
        var why = $"unable to create new content in namespace {ns} because it is being terminated";
        var causes = new JsonArray(new JsonObject
        {
            ["reason"] = "NamespaceTerminating",
            ["message"] = $"namespace {ns} is being terminated",
            ["field"] = "metadata.namespace",
        });
        throw ApiError.Forbidden(resource.Group, resource.Plural, ObjectMeta.Name(item), why, causes);
    }
}
