using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Ownership;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Operations;

/// <summary>Creates and updates objects. Documents given and returned are in the resource's version.</summary>
internal sealed class ObjectWriter(ApiCore core, Admission admission)
{
    private const int NameAttempts = 8;
    private const int ConflictAttempts = 50;

    /// <summary>Makes a new object from a decoded document, which belongs to the callee from here on.</summary>
    public async Task<StoredObject> CreateAsync(ResourceInfo resource, string? ns, JsonObject item, WriteOptions options)
    {
        CheckNewIdentity(resource, ns, item);
        var context = core.Context(options);
        ObjectMeta.SetForCreate(resource, item, ns, context.Now);
        // Before anything is allocated: nobody owns what the server fills in.
        if (!options.Applied)
            FieldManager.Update(resource, item, null, new FieldWriter(options.FieldManager, null, context.Now));
        resource.Strategy.PrepareForCreate(context, item);
        admission.CheckCreate(resource, ns, item);
        var prefix = ObjectMeta.Name(item).Length == 0 ? item["metadata"].String("generateName") : null;
        for (var attempt = 1; ; attempt++)
        {
            if (prefix is { Length: > 0 })
                item.Ensure("metadata")["name"] = ObjectMeta.Generate(prefix);
            Check(resource, item, errors =>
            {
                ObjectMeta.Validate(resource, item, errors);
                resource.Strategy.Validate(context, item, errors);
            });
            try
            {
                return await PutAsync(resource, item, expected: 0, options);
            }
            catch (StoreConflictException) when (prefix is { Length: > 0 } && attempt < NameAttempts)
            {
                continue;
            }
            catch (StoreConflictException)
            {
                throw ApiError.AlreadyExists(resource.Group, resource.Plural, ObjectMeta.Name(item));
            }
        }
    }

    /// <summary>
    /// Replaces an object by what a function makes of it. Without a resourceVersion in the result the function runs again when
    /// somebody else was first.
    /// </summary>
    /// <param name="resource">The resource.</param>
    /// <param name="ns">The namespace, if the resource has one.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="subresource">"status", or null for the main path.</param>
    /// <param name="change">Gets a copy of the object in the resource's version, gives the decoded new state.</param>
    /// <param name="options">How to write.</param>
    public async Task<StoredObject> UpdateAsync(
        ResourceInfo resource, string? ns, string name, string? subresource, Func<JsonObject, JsonObject> change, WriteOptions options)
    {
        for (var attempt = 1; ; attempt++)
        {
            var current = core.Store.Head(resource.StoreKind, resource.KeyOf(ns, name)) ?? throw ApiError.NotFound(resource.Group, resource.Plural, name);
            var old = ObjectReader.View(resource, current);
            var item = change(old.Copy());
            var given = item["metadata"].String("resourceVersion");
            CheckIdentity(resource, ns, name, item, old, given, mayOmitVersion: options.Applied || subresource is not null);
            if (given is { Length: > 0 } && given != old["metadata"].String("resourceVersion"))
                throw ApiError.Stale(resource.Group, resource.Plural, name);
            try
            {
                return await ReplaceAsync(resource, item, old, current, subresource, options);
            }
            catch (StoreConflictException conflict) when (conflict.Conflict == StoreConflict.Changed && attempt < ConflictAttempts)
            {
                // Read again: a given resourceVersion is found stale then, and without one the change is made on the newer state.
                continue;
            }
            catch (StoreConflictException)
            {
                throw ApiError.Stale(resource.Group, resource.Plural, name);
            }
        }
    }

    /// <summary>Writes an object that the server itself has made or changed, with no checks but the revision.</summary>
    public Task<StoredObject> WriteAsync(ResourceInfo resource, JsonObject item, long expected) =>
        core.Store.PutAsync(resource.StoreKind, resource.KeyOf(ObjectMeta.Namespace(item), ObjectMeta.Name(item)), expected, item);

    private async Task<StoredObject> ReplaceAsync(
        ResourceInfo resource, JsonObject item, JsonObject old, StoredObject current, string? subresource, WriteOptions options)
    {
        var context = core.Context(options);
        var strategy = resource.Strategy;
        ObjectMeta.SetForUpdate(item, old);
        if (subresource == "status")
            strategy.PrepareForStatusUpdate(context, item, old);
        else
            strategy.PrepareForUpdate(context, item, old);
        if (strategy.HasGeneration && strategy.ChangesGeneration(item, old))
            item.Ensure("metadata")["generation"] = (old["metadata"].Long("generation") ?? 0) + 1;
        if (!options.Applied)
            FieldManager.Update(resource, item, old, new FieldWriter(options.FieldManager, subresource, context.Now));
        Check(resource, item, errors =>
        {
            ObjectMeta.Validate(resource, item, errors);
            ObjectMetaUpdate.Validate(item, old, errors);
            if (subresource == "status")
            {
                strategy.ValidateStatusUpdate(context, item, old, errors);
            }
            else
            {
                strategy.ValidateReplacement(context, item, old, errors);
            }
        });
        item.Ensure("metadata")["resourceVersion"] = old["metadata"].String("resourceVersion");
        if (Json.Same(item, old))
            return current;
        if (ObjectMeta.IsTerminating(item) && ObjectMeta.Finalizers(item).Count == 0 && (item["metadata"].Long("deletionGracePeriodSeconds") ?? 0) == 0
            && !strategy.WaitsForDeletion(item))
            return await RemoveAsync(resource, item, current.Revision, options);
        return await PutAsync(resource, item, current.Revision, options);
    }

    private async Task<StoredObject> RemoveAsync(ResourceInfo resource, JsonObject item, long expected, WriteOptions options)
    {
        var stored = resource.Converter?.ToStored(item) ?? item;
        var key = resource.KeyOf(ObjectMeta.Namespace(item), ObjectMeta.Name(item));
        return options.DryRun
            ? new StoredObject(key, expected, stored, Json.ToUtf8(stored))
            : await core.Store.DeleteAsync(resource.StoreKind, key, expected, stored);
    }

    private async Task<StoredObject> PutAsync(ResourceInfo resource, JsonObject item, long expected, WriteOptions options)
    {
        var stored = resource.Converter?.ToStored(item) ?? item;
        var key = resource.KeyOf(ObjectMeta.Namespace(item), ObjectMeta.Name(item));
        if (!options.DryRun)
            return await core.Store.PutAsync(resource.StoreKind, key, expected, stored);
        if (expected == 0 && core.Store.Head(resource.StoreKind, key) is not null)
            throw new StoreConflictException(StoreConflict.Exists);
        return new StoredObject(key, expected, stored, Json.ToUtf8(stored));
    }

    private static void Check(ResourceInfo resource, JsonObject item, Action<List<FieldError>> validate)
    {
        var errors = new List<FieldError>();
        validate(errors);
        if (errors.Count > 0)
            throw ApiError.Invalid(resource.Group, resource.Kind, ObjectMeta.Name(item), errors);
    }

    private static void CheckNewIdentity(ResourceInfo resource, string? ns, JsonObject item)
    {
        if (item["metadata"].String("resourceVersion") is { Length: > 0 })
            throw ApiError.BadRequest("resourceVersion should not be set on objects to be created");
        if (resource.Namespaced && ObjectMeta.Namespace(item) is { Length: > 0 } given && given != ns)
            throw ApiError.BadRequest($"the namespace of the provided object does not match the namespace sent on the request");
    }

    private static void CheckIdentity(ResourceInfo resource, string? ns, string name, JsonObject item, JsonObject old, string? version, bool mayOmitVersion)
    {
        if (ObjectMeta.Name(item) != name)
            throw ApiError.BadRequest($"the name of the object ({ObjectMeta.Name(item)}) does not match the name on the URL ({name})");
        if (resource.Namespaced && ObjectMeta.Namespace(item) is { Length: > 0 } given && given != ns)
            throw ApiError.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        if (ObjectMeta.Uid(item) is { Length: > 0 } uid && uid != ObjectMeta.Uid(old))
        {
            throw ApiError.Conflict(
                resource.Group, resource.Plural, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {ObjectMeta.Uid(old)}");
        }

        if (version is not { Length: > 0 } && !mayOmitVersion && !resource.Strategy.AllowsUnconditionalUpdate)
        {
            throw ApiError.Invalid(
                resource.Group, resource.Kind, name, [FieldError.TypeInvalid("metadata.resourceVersion", "0", "must be specified for an update") with { Reason = "FieldValueInvalid" }]);
        }
    }
}
