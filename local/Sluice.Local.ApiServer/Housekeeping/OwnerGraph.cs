using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Housekeeping;

/// <summary>Where an object is in the store.</summary>
internal readonly record struct ObjectPlace(string Kind, string Key);

/// <summary>Which objects there are, by uid, and which of them name which as their owner.</summary>
internal sealed class OwnerGraph
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ObjectPlace> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<ObjectPlace>> _dependents = new(StringComparer.Ordinal);

    public static IEnumerable<JsonObject> Owners(JsonObject item) => item["metadata"].Array("ownerReferences").Objects();

    public void Apply(StoreEvent change) => Apply(change.Kind, change.Previous, change.Type == ChangeType.Put ? change.Object : null);

    public void Apply(string kind, StoredObject? before, StoredObject? after)
    {
        lock (_gate)
        {
            if (before is not null)
                Remove(kind, before);
            if (after is not null)
                Insert(kind, after);
        }
    }

    public ObjectPlace? Find(string uid)
    {
        lock (_gate)
            return _places.TryGetValue(uid, out var place) ? place : null;
    }

    public IReadOnlyList<ObjectPlace> DependentsOf(string uid)
    {
        lock (_gate)
            return _dependents.TryGetValue(uid, out var set) ? [.. set] : [];
    }

    private void Insert(string kind, StoredObject item)
    {
        var place = new ObjectPlace(kind, item.Key);
        _places[ObjectMeta.Uid(item.Body)] = place;
        foreach (var owner in Owners(item.Body))
        {
            var uid = owner.String("uid") ?? "";
            if (!_dependents.TryGetValue(uid, out var set))
                _dependents[uid] = set = [];
            set.Add(place);
        }
    }

    private void Remove(string kind, StoredObject item)
    {
        var place = new ObjectPlace(kind, item.Key);
        _places.Remove(ObjectMeta.Uid(item.Body));
        foreach (var owner in Owners(item.Body))
        {
            var uid = owner.String("uid") ?? "";
            if (_dependents.TryGetValue(uid, out var set) && set.Remove(place) && set.Count == 0)
                _dependents.Remove(uid);
        }
    }
}
