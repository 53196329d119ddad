using System.Collections.Immutable;

namespace Sluice.Local.ApiServer.Store;

/// <summary>An immutable set of objects of one kind in the order of their keys; a change shares most of its tree with the set before.</summary>
internal sealed class ObjectSet
{
    public static readonly ObjectSet Empty = new([]);

    private readonly ImmutableList<StoredObject> _items;

    private ObjectSet(ImmutableList<StoredObject> items) => _items = items;

    public int Count => _items.Count;

    public StoredObject? Find(string key)
    {
        var index = IndexOf(key);
        return index >= 0 ? _items[index] : null;
    }

    public ObjectSet Put(StoredObject item)
    {
        var index = IndexOf(item.Key);
        return new ObjectSet(index >= 0 ? _items.SetItem(index, item) : _items.Insert(~index, item));
    }

    public ObjectSet Remove(string key)
    {
        var index = IndexOf(key);
        return index >= 0 ? new ObjectSet(_items.RemoveAt(index)) : this;
    }

    public static ObjectSet FromSorted(IEnumerable<StoredObject> items) => new([.. items]);

    public IEnumerable<StoredObject> All() => _items;

    /// <summary>The objects whose key starts with the prefix and comes after the given key (null: from the first).</summary>
    public IEnumerable<StoredObject> Range(string prefix, string? after = null)
    {
        var start = IndexOf(after ?? prefix);
        start = start >= 0 ? (after is null ? start : start + 1) : ~start;
        for (var i = start; i < _items.Count; i++)
        {
            var item = _items[i];
            if (!item.Key.StartsWith(prefix, StringComparison.Ordinal))
                yield break;
            yield return item;
        }
    }

    private int IndexOf(string key) => _items.BinarySearch(new StoredObject(key, 0, null!, default), KeyOrder.Instance);

    private sealed class KeyOrder : IComparer<StoredObject>
    {
        public static readonly KeyOrder Instance = new();

        public int Compare(StoredObject? x, StoredObject? y) => string.CompareOrdinal(x!.Key, y!.Key);
    }
}
