using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Operations;

namespace Sluice.Local.ApiServer.Housekeeping;

/// <summary>Makes the objects that every cluster has from its beginning.</summary>
internal static class Bootstrap
{
    public static readonly string[] Namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

    public static async Task RunAsync(ApiCore core, ObjectWriter writer)
    {
        var options = new WriteOptions { FieldManager = "kube-apiserver" };
        foreach (var name in Namespaces)
            await EnsureAsync(core, writer, "namespaces", null, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } }, options);
    }

    public static async Task EnsureAsync(ApiCore core, ObjectWriter writer, string plural, string? ns, JsonObject item, WriteOptions options)
    {
        var resource = core.Registry.Find("", "v1", plural)!;
        if (core.Store.Head(resource.StoreKind, resource.KeyOf(ns, ObjectMeta.Name(item))) is not null)
            return;
        ObjectDecoder.Decode(resource, item, [], options);
        try
        {
            await writer.CreateAsync(resource, ns, item, options);
        }
        catch (Errors.ApiError error) when (error.Code == 409)
        {
            // Somebody else made it in the meantime.
        }
    }
}
