using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Operations;

/// <summary>How an object is to be deleted.</summary>
internal sealed record DeleteOptions
{
    public long? GraceSeconds { get; init; }

    /// <summary>"Background", "Foreground", "Orphan", or empty for the kind's own default.</summary>
    public string Propagation { get; init; } = "";

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    public bool DryRun { get; init; }
}

/// <summary>The object as it is now, and whether it is gone.</summary>
internal sealed record DeleteResult(StoredObject Object, bool Gone);

/// <summary>Deletes objects: at once, or by a mark that others act on (finalizers, a pod's grace period).</summary>
internal sealed class ObjectDeleter(ApiCore core)
{
    public const string OrphanFinalizer = "orphan";
    public const string ForegroundFinalizer = "foregroundDeletion";

    private const int ConflictAttempts = 50;

    public async Task<DeleteResult> DeleteAsync(ResourceInfo resource, string? ns, string name, DeleteOptions options)
    {
        var key = resource.KeyOf(ns, name);
        for (var attempt = 1; ; attempt++)
        {
            var current = core.Store.Head(resource.StoreKind, key) ?? throw ApiError.NotFound(resource.Group, resource.Plural, name);
            CheckPreconditions(resource, name, current.Body, options);
            resource.Strategy.CheckDelete(current.Body);
            try
            {
                return await TryDeleteAsync(resource, current, options);
            }
            catch (StoreConflictException conflict) when (conflict.Conflict == StoreConflict.Missing)
            {
                throw ApiError.NotFound(resource.Group, resource.Plural, name);
            }
            catch (StoreConflictException) when (attempt < ConflictAttempts)
            {
                continue;
            }
        }
    }

    private async Task<DeleteResult> TryDeleteAsync(ResourceInfo resource, StoredObject current, DeleteOptions options)
    {
        var item = current.Body.Copy();
        var finalizers = WithPropagation(ObjectMeta.Finalizers(item), options.Propagation);
        ObjectMeta.SetFinalizers(item, finalizers);
        var grace = resource.Strategy.GraceSeconds(item, options.GraceSeconds);
        var waits = grace > 0 || finalizers.Count > 0 || resource.Strategy.WaitsForDeletion(item);
        if (!waits)
            return new DeleteResult(await WriteAsync(resource, current, item, gone: true, options), true);
        Mark(item, grace);
        resource.Strategy.MarkDeleted(item);
        if (Json.Same(item, current.Body))
            return new DeleteResult(current, false);
        return new DeleteResult(await WriteAsync(resource, current, item, gone: false, options), false);
    }

    /// <summary>Sets when the object shall be gone; a second request can only bring that nearer.</summary>
    private void Mark(JsonObject item, long grace)
    {
        var meta = item.Ensure("metadata");
        var marked = meta["deletionTimestamp"] is not null;
        if (marked && grace >= (meta.Long("deletionGracePeriodSeconds") ?? 0))
            return;
        var began = marked && Tables.TableCells.ParseTime(meta["deletionTimestamp"]) is { } before
            ? before.AddSeconds(-(meta.Long("deletionGracePeriodSeconds") ?? 0))
            : core.Now;
        meta["deletionTimestamp"] = ApiCore.Timestamp(began.AddSeconds(grace));
        meta["deletionGracePeriodSeconds"] = grace;
        if (!marked && meta.Long("generation") is > 0 and var generation)
            meta["generation"] = generation + 1;
    }

    private async Task<StoredObject> WriteAsync(ResourceInfo resource, StoredObject current, JsonObject item, bool gone, DeleteOptions options)
    {
        if (options.DryRun)
            return current with { Body = item, Utf8 = Json.ToUtf8(item) };
        return gone
            ? await core.Store.DeleteAsync(resource.StoreKind, current.Key, current.Revision, item)
            : await core.Store.PutAsync(resource.StoreKind, current.Key, current.Revision, item);
    }

    private static List<string> WithPropagation(IReadOnlyList<string> finalizers, string propagation)
    {
        if (propagation.Length == 0)
            return [.. finalizers];
        var result = finalizers.Where(name => name is not (OrphanFinalizer or ForegroundFinalizer)).ToList();
        if (propagation == "Orphan")
            result.Add(OrphanFinalizer);
        else if (propagation == "Foreground")
            result.Add(ForegroundFinalizer);
        return result;
    }

    private static void CheckPreconditions(ResourceInfo resource, string name, JsonObject item, DeleteOptions options)
    {
        // The real server names the kind here where it names the resource elsewhere.
        if (options.Uid is { } uid && uid != ObjectMeta.Uid(item))
        {
            throw ApiError.Conflict(
                resource.Group, resource.Kind, name,
                $"the UID in the precondition ({uid}) does not match the UID in record ({ObjectMeta.Uid(item)}). The object might have been deleted and then recreated");
        }

        var version = item["metadata"].String("resourceVersion");
        if (options.ResourceVersion is { } asked && asked != version)
        {
            throw ApiError.Conflict(
                resource.Group, resource.Kind, name,
                $"the ResourceVersion in the precondition ({asked}) does not match the ResourceVersion in record ({version}). The object might have been modified");
        }
    }
}
