using Microsoft.Extensions.Logging;
using Sluice.Local.ApiServer.CustomResources;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Store;
using Sluice.Local.ApiServer.Strategies.Kinds;

namespace Sluice.Local.ApiServer.Housekeeping;

/// <summary>
/// Deletes the objects of a custom kind whose definition is deleted, and lets the definition go after them; gives names that became
/// free to the definitions that wait for them.
/// </summary>
internal sealed class DefinitionKeeper : IAsyncDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly ApiCore _core;
    private readonly ObjectDeleter _deleter;
    private readonly WorkLoop<string> _loop;

    public DefinitionKeeper(ApiCore core, ObjectDeleter deleter, ILogger logger)
    {
        _core = core;
        _deleter = deleter;
        _loop = new WorkLoop<string>("custom resource definitions", core.Clock, logger, HandleAsync);
    }

    public void Start()
    {
        foreach (var item in _core.Store.State.Of(CustomResourceRegistry.Definitions).All())
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
        if (change.Kind != CustomResourceRegistry.Definitions)
            return;
        _loop.Add(change.Object.Key);
        foreach (var other in change.After.All().Where(one => !CustomDefinition.HasCondition(one.Body, "NamesAccepted")))
            _loop.Add(other.Key);
    }

    private async Task<TimeSpan?> HandleAsync(string name)
    {
        var definitions = _core.Registry.Find("apiextensions.k8s.io", "v1", "customresourcedefinitions")!;
        if (_core.Store.Head(definitions.StoreKind, name) is not { } current)
            return null;
        if (!ObjectMeta.IsTerminating(current.Body))
        {
            if (!CustomDefinition.HasCondition(current.Body, "NamesAccepted"))
                await SettleAsync(current);
            return null;
        }

        if (!ObjectMeta.Finalizers(current.Body).Contains(DefinitionStrategy.CleanupFinalizer))
            return null;
        if (await EmptyAsync(CustomDefinition.StoreKindOf(current.Body)))
            return LookAgain;
        await FinalizerRemoval.RemoveAsync(_core, definitions, current, DefinitionStrategy.CleanupFinalizer);
        return null;
    }

    private async Task SettleAsync(StoredObject current)
    {
        var item = current.Body.Copy();
        DefinitionNames.Settle(item, _core.Store.HeadOf(CustomResourceRegistry.Definitions).All().Select(one => one.Body), _core.Now);
        if (!Json.Same(item["status"], current.Body["status"]))
            await _core.Store.PutAsync(CustomResourceRegistry.Definitions, current.Key, current.Revision, item);
    }

    private async Task<bool> EmptyAsync(string kind)
    {
        if (_core.Registry.All.FirstOrDefault(info => info.StoreKind == kind) is not { } resource)
            return false;
        var left = false;
        foreach (var item in _core.Store.HeadOf(kind).All().ToList())
        {
            try
            {
                var result = await _deleter.DeleteAsync(resource, ObjectMeta.Namespace(item.Body), ObjectMeta.Name(item.Body), new DeleteOptions());
                left |= !result.Gone;
            }
            catch (ApiError error) when (error.Code == 404)
            {
                // Gone by itself.
            }
        }

        return left;
    }
}
