using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Housekeeping;

/// <summary>
/// Deletes what has lost its owners, and carries out foreground and orphaning deletions: an object in foreground deletion stays
/// until the dependents that block it are gone, an orphaned one leaves its dependents without a reference to it.
/// </summary>
internal sealed class GarbageCollector : IAsyncDisposable
{
    private readonly ApiCore _core;
    private readonly ObjectDeleter _deleter;
    private readonly OwnerGraph _graph = new();
    private readonly WorkLoop<ObjectPlace> _loop;

    public GarbageCollector(ApiCore core, ObjectDeleter deleter, ILogger logger)
    {
        _core = core;
        _deleter = deleter;
        _loop = new WorkLoop<ObjectPlace>("garbage collector", core.Clock, logger, HandleAsync);
    }

    public void Start()
    {
        foreach (var (kind, set) in _core.Store.State.Kinds)
        {
            foreach (var item in set.All())
                _graph.Apply(kind, null, item);
        }

        // What was left undone at the last stop is found by looking at everything once.
        foreach (var (kind, set) in _core.Store.State.Kinds)
        {
            foreach (var item in set.All().Where(item => IsOfInterest(item.Body)))
                _loop.Add(new ObjectPlace(kind, item.Key));
        }

        _core.Store.Committed += OnChange;
        _loop.Start();
    }

    public ValueTask DisposeAsync()
    {
        _core.Store.Committed -= OnChange;
        return _loop.DisposeAsync();
    }

    private static bool IsOfInterest(JsonObject item) => OwnerGraph.Owners(item).Any() || ObjectMeta.IsTerminating(item);

    private void OnChange(StoreEvent change)
    {
        _graph.Apply(change);
        if (change.Type == ChangeType.Put && IsOfInterest(change.Object.Body))
            _loop.Add(new ObjectPlace(change.Kind, change.Object.Key));
        if (change.Type != ChangeType.Delete)
            return;
        foreach (var dependent in _graph.DependentsOf(ObjectMeta.Uid(change.Object.Body)))
            _loop.Add(dependent);
        // Its owners may have waited for just this one.
        foreach (var owner in OwnerGraph.Owners(change.Object.Body))
        {
            if (_graph.Find(owner.String("uid") ?? "") is { } place)
                _loop.Add(place);
        }
    }

    private async Task<TimeSpan?> HandleAsync(ObjectPlace place)
    {
        var resource = _core.Registry.All.FirstOrDefault(info => info.StoreKind == place.Kind);
        var current = _core.Store.Head(place.Kind, place.Key);
        if (resource is null || current is null)
            return null;
        if (ObjectMeta.IsTerminating(current.Body))
            await FinishDeletionAsync(resource, current);
        else
            await CheckOwnersAsync(resource, current);
        return null;
    }

    private async Task CheckOwnersAsync(ResourceInfo resource, StoredObject current)
    {
        var owners = OwnerGraph.Owners(current.Body).ToList();
        if (owners.Count == 0)
            return;
        var state = owners.ToLookup(owner => StateOf(owner, current.Body));
        if (!state[OwnerState.Solid].Any())
        {
            var waiting = state[OwnerState.Waiting].Any();
            var foreground = waiting && _graph.DependentsOf(ObjectMeta.Uid(current.Body)).Count > 0;
            await DeleteAsync(resource, current, foreground ? "Foreground" : "Background");
        }
        else if (state[OwnerState.Absent].Any() || state[OwnerState.Waiting].Any())
        {
            await DropOwnersAsync(current, resource, owner => StateOf(owner, current.Body) == OwnerState.Solid);
        }
    }

    private OwnerState StateOf(JsonObject reference, JsonObject dependent)
    {
        if (_graph.Find(reference.String("uid") ?? "") is not { } place || _core.Store.Head(place.Kind, place.Key) is not { } owner)
            return OwnerState.Absent;
        // An owner in another namespace is none, nor is one of another name or kind.
        var ns = ObjectMeta.Namespace(owner.Body);
        if (ObjectMeta.Uid(owner.Body) != reference.String("uid") || ObjectMeta.Name(owner.Body) != reference.String("name")
            || owner.Body.String("kind") != reference.String("kind") || (ns is not null && ns != ObjectMeta.Namespace(dependent)))
            return OwnerState.Absent;
        var waits = ObjectMeta.IsTerminating(owner.Body) && ObjectMeta.Finalizers(owner.Body).Contains(ObjectDeleter.ForegroundFinalizer);
        return waits ? OwnerState.Waiting : OwnerState.Solid;
    }

    private async Task FinishDeletionAsync(ResourceInfo resource, StoredObject current)
    {
        var finalizers = ObjectMeta.Finalizers(current.Body);
        var uid = ObjectMeta.Uid(current.Body);
        if (finalizers.Contains(ObjectDeleter.OrphanFinalizer))
        {
            foreach (var place in _graph.DependentsOf(uid))
            {
                if (_core.Store.Head(place.Kind, place.Key) is { } dependent && Find(place.Kind) is { } kind)
                    await DropOwnersAsync(dependent, kind, owner => owner.String("uid") != uid);
            }

            await RemoveFinalizerAsync(resource, current, ObjectDeleter.OrphanFinalizer);
        }
        else if (finalizers.Contains(ObjectDeleter.ForegroundFinalizer))
        {
            var blocked = false;
            foreach (var place in _graph.DependentsOf(uid))
            {
                _loop.Add(place);
                blocked |= Blocks(place, uid);
            }

            if (!blocked)
                await RemoveFinalizerAsync(resource, current, ObjectDeleter.ForegroundFinalizer);
        }
    }

    private bool Blocks(ObjectPlace place, string owner) =>
        _core.Store.Head(place.Kind, place.Key) is { } dependent
        && OwnerGraph.Owners(dependent.Body).Any(reference => reference.String("uid") == owner && reference.Bool("blockOwnerDeletion") == true);

    private async Task DeleteAsync(ResourceInfo resource, StoredObject current, string propagation)
    {
        try
        {
            // The very state that was looked at: an owner added in the meantime must save the object.
            var options = new DeleteOptions
            {
                Propagation = propagation,
                Uid = ObjectMeta.Uid(current.Body),
                ResourceVersion = current.Body["metadata"].String("resourceVersion"),
            };
            await _deleter.DeleteAsync(resource, ObjectMeta.Namespace(current.Body), ObjectMeta.Name(current.Body), options);
        }
        catch (ApiError error) when (error.Code is 404 or 409)
        {
            if (error.Code == 409)
                _loop.Add(new ObjectPlace(resource.StoreKind, current.Key));
        }
    }

    private async Task DropOwnersAsync(StoredObject current, ResourceInfo resource, Func<JsonObject, bool> keeps)
    {
        var item = current.Body.Copy();
        var kept = OwnerGraph.Owners(item).Where(keeps).Select(owner => (JsonNode)owner.Copy()).ToArray();
        if (kept.Length > 0)
            item.Ensure("metadata")["ownerReferences"] = new JsonArray(kept);
        else
            item.Object("metadata")?.Remove("ownerReferences");
        await _core.Store.PutAsync(resource.StoreKind, current.Key, current.Revision, item);
    }

    private Task RemoveFinalizerAsync(ResourceInfo resource, StoredObject current, string finalizer) =>
        FinalizerRemoval.RemoveAsync(_core, resource, current, finalizer);

    private ResourceInfo? Find(string storeKind) => _core.Registry.All.FirstOrDefault(info => info.StoreKind == storeKind);

    private enum OwnerState
    {
        Solid,

        /// <summary>In foreground deletion: it waits until its dependents are gone.</summary>
        Waiting,
        Absent,
    }
}
