using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Housekeeping;

/// <summary>Takes a finalizer off an object that is being deleted, which with the last one is gone.</summary>
internal static class FinalizerRemoval
{
    public static async Task RemoveAsync(ApiCore core, ResourceInfo resource, StoredObject current, string finalizer)
    {
        var item = current.Body.Copy();
        ObjectMeta.SetFinalizers(item, [.. ObjectMeta.Finalizers(item).Where(name => name != finalizer)]);
        if (ObjectMeta.Finalizers(item).Count == 0 && (item["metadata"].Long("deletionGracePeriodSeconds") ?? 0) == 0 && !resource.Strategy.WaitsForDeletion(item))
            await core.Store.DeleteAsync(resource.StoreKind, current.Key, current.Revision, item);
        else
            await core.Store.PutAsync(resource.StoreKind, current.Key, current.Revision, item);
    }
}
