using System.Diagnostics.CodeAnalysis;
using k8s;
using k8s.Models;
using Sluice.Kubernetes.Models;

namespace Sluice.Kubernetes.Informers;

/// <summary>
/// The objects that an informer knows, with indexes. Read by any thread. Objects are shared by all readers and must not be changed:
/// copy first (<see cref="Serialization.ApiJson.Copy"/>).
/// </summary>
/// <typeparam name="T">Class of the objects.</typeparam>
public sealed class ObjectCache<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, T> _objects = [];
    private readonly Dictionary<string, Index> _indexes = [];

    /// <summary>Number of objects.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _objects.Count;
        }
    }

    /// <summary>Finds objects by a value computed from them. Add indexes before the informer runs.</summary>
    /// <param name="name">Name of the index.</param>
    /// <param name="values">The values under which an object is found.</param>
    public void AddIndex(string name, Func<T, IEnumerable<string>> values)
    {
        lock (_lock)
        {
            var index = new Index(values);
            foreach ((ObjectKey key, T value) in _objects) index.Add(key, value);
            _indexes.Add(name, index);
        }
    }

    /// <summary>One object; null when it is not known.</summary>
    public T? Get(ObjectKey key)
    {
        lock (_lock) return _objects.GetValueOrDefault(key);
    }

    /// <summary>All objects of a namespace, or of all when it is null.</summary>
    public IReadOnlyList<T> List(string? ns = null)
    {
        lock (_lock) return [.. ns is null ? _objects.Values : _objects.Values.Where(value => value.Metadata.NamespaceProperty == ns)];
    }

    /// <summary>Objects with a value in an index.</summary>
    /// <exception cref="KeyNotFoundException">There is no such index.</exception>
    public IReadOnlyList<T> ByIndex(string index, string value)
    {
        lock (_lock) return [.. _indexes[index].Find(value).Select(key => _objects[key])];
    }

    internal bool TryGet(ObjectKey key, [NotNullWhen(true)] out T? value)
    {
        lock (_lock) return _objects.TryGetValue(key, out value);
    }

    internal List<ObjectKey> Keys()
    {
        lock (_lock) return [.. _objects.Keys];
    }

    internal void Set(ObjectKey key, T value)
    {
        lock (_lock)
        {
            if (_objects.TryGetValue(key, out T? old))
            {
                foreach (Index index in _indexes.Values) index.Remove(key, old);
            }
            _objects[key] = value;
            foreach (Index index in _indexes.Values) index.Add(key, value);
        }
    }

    internal void Remove(ObjectKey key)
    {
        lock (_lock)
        {
            if (!_objects.Remove(key, out T? old)) return;
            foreach (Index index in _indexes.Values) index.Remove(key, old);
        }
    }

    private sealed class Index(Func<T, IEnumerable<string>> values)
    {
        private readonly Dictionary<string, HashSet<ObjectKey>> _keys = [];

        public HashSet<ObjectKey> Find(string value) => _keys.GetValueOrDefault(value) ?? [];

        public void Add(ObjectKey key, T item)
        {
            foreach (string value in values(item))
            {
                if (!_keys.TryGetValue(value, out HashSet<ObjectKey>? keys)) _keys[value] = keys = [];
                keys.Add(key);
            }
        }

        public void Remove(ObjectKey key, T item)
        {
            foreach (string value in values(item))
            {
                if (_keys.TryGetValue(value, out HashSet<ObjectKey>? keys) && keys.Remove(key) && keys.Count == 0) _keys.Remove(value);
            }
        }
    }
}
