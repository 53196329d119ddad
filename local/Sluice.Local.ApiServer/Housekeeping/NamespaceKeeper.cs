using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Housekeeping;

/// <summary>Gives every namespace its service account and authority, and empties one that is deleted before it goes.</summary>
internal sealed class NamespaceKeeper : IAsyncDisposable
{
    private const string Namespaces = "/namespaces";
    private const string AuthorityMap = "kube-root-ca.crt";
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly ApiCore _core;
    private readonly ObjectWriter _writer;
    private readonly ObjectDeleter _deleter;
    private readonly string _authority;
    private readonly WorkLoop<string> _loop;

    public NamespaceKeeper(ApiCore core, ObjectWriter writer, ObjectDeleter deleter, string authority, ILogger logger)
    {
        _core = core;
        _writer = writer;
        _deleter = deleter;
        _authority = authority;
        _loop = new WorkLoop<string>("namespaces", core.Clock, logger, HandleAsync);
    }

    public void Start()
    {
        foreach (var item in _core.Store.State.Of(Namespaces).All())
            _loop.Add(item.Key);
        _core.Store.Committed += OnChange;
        _loop.Start();
    }

    public ValueTask DisposeAsync()
    {
        _core.Store.Committed -= OnChange;
        return _loop.DisposeAsync();
    }

    private void OnChange(StoreEvent change)
    {
        if (change.Kind == Namespaces)
            _loop.Add(change.Object.Key);
        else if (change.Type == ChangeType.Delete && ObjectMeta.Namespace(change.Object.Body) is { } ns)
            _loop.Add(ns); // a service account to make again, or the last object of a namespace that goes
    }

    private async Task<TimeSpan?> HandleAsync(string name)
    {
        if (_core.Store.Head(Namespaces, name) is not { } current)
            return null;
        if (!ObjectMeta.IsTerminating(current.Body))
        {
            await FurnishAsync(name);
            return null;
        }

        if (await EmptyAsync(name))
            return LookAgain;
        return await FinishAsync(name);
    }

    private async Task FurnishAsync(string ns)
    {
        var manager = new WriteOptions { FieldManager = "kube-controller-manager" };
        await Bootstrap.EnsureAsync(_core, _writer, "serviceaccounts", ns, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "default" } }, manager);
        var map = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = AuthorityMap },
            ["data"] = new JsonObject { ["ca.crt"] = _authority },
        };
        await Bootstrap.EnsureAsync(_core, _writer, "configmaps", ns, map, manager);
    }

    /// <summary>Deletes all objects in the namespace; true when some are still there, waiting for others.</summary>
    private async Task<bool> EmptyAsync(string ns)
    {
        var left = false;
        foreach (var resource in _core.Registry.All.Where(info => info.Namespaced && info.Verbs.Contains("delete")).DistinctBy(info => info.StoreKind))
        {
            foreach (var item in _core.Store.HeadOf(resource.StoreKind).Range(ns + "/").ToList())
                left |= !await DeleteAsync(resource, item);
        }

        return left;
    }

    private async Task<bool> DeleteAsync(ResourceInfo resource, StoredObject item)
    {
        try
        {
            if (ObjectMeta.IsTerminating(item.Body))
                return false;
            var options = new DeleteOptions { Propagation = "Background", Uid = ObjectMeta.Uid(item.Body) };
            return (await _deleter.DeleteAsync(resource, ObjectMeta.Namespace(item.Body), ObjectMeta.Name(item.Body), options)).Gone;
        }
        catch (ApiError error) when (error.Code == 404)
        {
            return true;
        }
    }

    private async Task<TimeSpan?> FinishAsync(string name)
    {
        var resource = _core.Registry.Find("", "v1", "namespaces")!;
        if (_core.Store.Head(Namespaces, name) is not { } current || !ObjectMeta.IsTerminating(current.Body))
            return null;
        var item = current.Body.Copy();
        item.Ensure("spec").Remove("finalizers");
        if (ObjectMeta.Finalizers(item).Count == 0)
            await _core.Store.DeleteAsync(resource.StoreKind, current.Key, current.Revision, item);
        else if (!Json.Same(item, current.Body))
            await _core.Store.PutAsync(resource.StoreKind, current.Key, current.Revision, item);
        return null;
    }
}
