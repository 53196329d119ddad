using Microsoft.Extensions.Logging;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Store;
using Sluice.Local.ApiServer.Strategies.Kinds;

namespace Sluice.Local.ApiServer.Housekeeping;

/// <summary>
/// Lets deleted claims and volumes go once nothing uses them: no pod the claim, no claim the volume. As in Kubernetes a pod uses its
/// claims from the moment it is bound to a node until it is gone; one that has ended counts too.
/// </summary>
internal sealed class ClaimProtector : IAsyncDisposable
{
    private const string Pods = "/pods";
    private const string Claims = "/persistentvolumeclaims";
    private const string Volumes = "/persistentvolumes";

    private readonly ApiCore _core;
    private readonly WorkLoop<ObjectPlace> _loop;

    public ClaimProtector(ApiCore core, ILogger logger)
    {
        _core = core;
        _loop = new WorkLoop<ObjectPlace>("volume protection", core.Clock, logger, HandleAsync);
    }

    public void Start()
    {
        foreach (var kind in new[] { Claims, Volumes })
        {
            foreach (var item in _core.Store.State.Of(kind).All())
                Look(kind, item);
        }

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
        if (change.Kind is Claims or Volumes)
            Look(change.Kind, change.Object);
        if (change.Kind == Pods && change.Type == ChangeType.Delete)
        {
            foreach (var claim in ClaimsOf(change.Object))
                _loop.Add(new ObjectPlace(Claims, $"{ObjectMeta.Namespace(change.Object.Body)}/{claim}"));
        }

        if (change.Kind == Claims && change.Type == ChangeType.Delete && change.Object.Body["spec"].String("volumeName") is { } volume)
            _loop.Add(new ObjectPlace(Volumes, volume));
    }

    private void Look(string kind, StoredObject item)
    {
        if (ObjectMeta.IsTerminating(item.Body))
            _loop.Add(new ObjectPlace(kind, item.Key));
    }

    private async Task<TimeSpan?> HandleAsync(ObjectPlace place)
    {
        var finalizer = place.Kind == Claims ? ClaimStrategy.Protection : VolumeStrategy.Protection;
        if (_core.Store.Head(place.Kind, place.Key) is not { } current || !ObjectMeta.IsTerminating(current.Body) || !ObjectMeta.Finalizers(current.Body).Contains(finalizer))
            return null;
        if (place.Kind == Claims ? IsUsed(current) : IsBound(current))
            return null;
        await FinalizerRemoval.RemoveAsync(_core, _core.Registry.Find("", "v1", place.Kind[1..])!, current, finalizer);
        return null;
    }

    private bool IsUsed(StoredObject claim) =>
        _core.Store.HeadOf(Pods).Range(ObjectMeta.Namespace(claim.Body) + "/").Any(pod => IsBoundToNode(pod) && ClaimsOf(pod).Contains(ObjectMeta.Name(claim.Body)));

    private bool IsBound(StoredObject volume)
    {
        var claim = volume.Body["spec"].Object("claimRef");
        return claim is not null && volume.Body["status"].String("phase") == "Bound"
            && _core.Store.Head(Claims, $"{claim.String("namespace")}/{claim.String("name")}") is { } found && ObjectMeta.Uid(found.Body) == claim.String("uid");
    }

    private static bool IsBoundToNode(StoredObject pod) => pod.Body["spec"].String("nodeName") is { Length: > 0 };

    private static IEnumerable<string> ClaimsOf(StoredObject pod) =>
        pod.Body["spec"].Array("volumes").Objects().Select(volume => volume["persistentVolumeClaim"].String("claimName")).OfType<string>();
}
