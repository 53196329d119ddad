using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Http;
using Sluice.Local.ApiServer.Ownership;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Operations;

/// <summary>Server-side apply: brings an object to what its applier wants of it, and creates it when it is missing.</summary>
internal sealed class ObjectApplier(ApiCore core, ObjectWriter writer)
{
    private const int CreateAttempts = 5;

    public async Task<(StoredObject Object, bool Created)> ApplyAsync(RequestTarget target, ParsedDocument document, WriteOptions options)
    {
        var resource = target.Resource;
        var config = document.Root as JsonObject ?? throw ApiError.BadRequest("error decoding YAML: the applied configuration is no object");
        CheckConfig(target, config, document, options);
        var who = new FieldWriter(options.FieldManager, target.Subresource, core.Now);
        var managed = options with { Applied = true };
        for (var attempt = 1; ; attempt++)
        {
            var missing = core.Store.Head(resource.StoreKind, target.Key) is null;
            if (missing && target.Subresource is not null)
                throw ApiError.NotFound(resource.Group, resource.Plural, target.Name!);
            try
            {
                if (!missing)
                    return (await writer.UpdateAsync(resource, target.Namespace, target.Name!, target.Subresource, live => Change(target, live, config, who, options), managed), false);
                if (ObjectMeta.Uid(config) is { Length: > 0 } uid)
                    throw ApiError.Conflict(resource.Group, resource.Plural, target.Name!, $"uid mismatch: the provided object specified uid {uid}, and no existing object was found");
                var made = FieldManager.Apply(resource, null, config, who, force: false);
                // As Kubernetes has it: a version binds the apply to an object that is there, and does not keep one from being made.
                made.Ensure("metadata").Remove("resourceVersion");
                ObjectDecoder.Decode(resource, made, [], options with { Validation = FieldValidation.Ignore });
                return (await writer.CreateAsync(resource, target.Namespace, made, managed), true);
            }
            catch (ApiError error) when (attempt < CreateAttempts && (missing ? error.Reason == "AlreadyExists" : error.Code == 404))
            {
                // It came or went in between: look again.
                continue;
            }
        }
    }

    private static JsonObject Change(RequestTarget target, JsonObject live, JsonObject config, FieldWriter who, WriteOptions options)
    {
        var resource = target.Resource;
        var wanted = config.Copy();
        var version = wanted["metadata"].String("resourceVersion");
        wanted.Object("metadata")?.Remove("resourceVersion");
        var merged = FieldManager.Apply(resource, live, wanted, who, options.Force);
        LastApplied.Follow(live, merged, config, who);
        ObjectDecoder.Decode(resource, merged, [], options with { Validation = FieldValidation.Ignore });
        merged.Ensure("metadata")["resourceVersion"] = version is { Length: > 0 } ? version : null;
        return merged;
    }

    private static void CheckConfig(RequestTarget target, JsonObject config, ParsedDocument document, WriteOptions options)
    {
        if (config["metadata"].Array("managedFields") is { Count: > 0 })
            throw ApiError.BadRequest("metadata.managedFields must be nil");
        if (config.String("apiVersion") is not { Length: > 0 } || config.String("kind") is not { Length: > 0 })
            throw ApiError.BadRequest("an applied configuration must have apiVersion and kind");
        var meta = config.Ensure("metadata");
        if (meta.String("name") is { Length: > 0 } name && name != target.Name)
            throw ApiError.BadRequest($"the name of the object ({name}) does not match the name on the URL ({target.Name})");
        meta["name"] = target.Name;
        // What the decoder fills in is not the applier's wish: check a copy, and prune what the applier sent.
        var copy = config.Copy();
        ObjectDecoder.Decode(target.Resource, copy, document.Duplicates, options);
        Schemas.Pruner.Prune(target.Resource.Schema, config, isRoot: true, []);
    }
}
