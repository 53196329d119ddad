using System.Text.Json;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;

namespace Sluice.Kubernetes.Informers;

/// <summary>What a controller needs to know of an informer, whatever its kind.</summary>
public interface IInformer
{
    /// <summary>The kind, for messages.</summary>
    string Kind { get; }

    /// <summary>Whether the first list is in the cache and was handed to every handler.</summary>
    bool HasSynced { get; }

    /// <summary>Ends when the first list is in.</summary>
    Task WaitForSyncAsync(CancellationToken cancellation);

    /// <summary>Lists and watches until cancelled.</summary>
    Task RunAsync(CancellationToken cancellation);
}

/// <summary>
/// Keeps a copy of a collection up to date: one list, then watches from the last version seen; a new list when the server says
/// that the version is too old. Handlers are called in order, one at a time; they must be quick and may not fail.
/// </summary>
/// <typeparam name="T">Class of the objects.</typeparam>
public sealed class Informer<T> : IInformer
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private static readonly TimeSpan BackOffMin = TimeSpan.FromMilliseconds(800);
    private static readonly TimeSpan BackOffMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortWatch = TimeSpan.FromSeconds(1);

    private readonly ResourceClient<T> _client;
    private readonly InformerOptions _options;
    private readonly ILogger _log;
    private readonly List<Action<InformerEvent<T>>> _handlers = [];
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _started;
    private string? _version;
    private int _failures;

    /// <summary>Makes an informer; it does nothing until <see cref="RunAsync"/>.</summary>
    public Informer(ResourceClient<T> client, InformerOptions? options = null, ILogger? log = null)
    {
        _options = options ?? new InformerOptions();
        _log = log ?? NullLogger.Instance;
        _client = client.LeavingOut((name, error) => InformerLog.Unreadable(_log, Kind, name, error.Message));
    }

    /// <summary>The objects.</summary>
    public ObjectCache<T> Cache { get; } = new();

    /// <inheritdoc/>
    public string Kind => _client.Type.Kind;

    /// <inheritdoc/>
    public bool HasSynced => _synced.Task.IsCompletedSuccessfully;

    /// <summary>Adds a handler of changes.</summary>
    /// <exception cref="InvalidOperationException">The informer runs: a handler added now would miss objects.</exception>
    public void AddHandler(Action<InformerEvent<T>> handler)
    {
        if (_started) throw new InvalidOperationException($"The informer of {Kind} runs already: add handlers before.");
        _handlers.Add(handler);
    }

    /// <inheritdoc/>
    public Task WaitForSyncAsync(CancellationToken cancellation) => _synced.Task.WaitAsync(cancellation);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellation)
    {
        _started = true;
        DateTimeOffset nextResync = NextResync();
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                if (_version is null) await LoadAsync(cancellation);
                long start = _options.Time.GetTimestamp();
                int events = await WatchAsync(nextResync, cancellation);
                // A server that ends every watch at once must not be asked without pause.
                if (events == 0 && _options.Time.GetElapsedTime(start) < ShortWatch && !await PauseAsync(cancellation)) return;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (ApiException error) when (error.IsExpired)
            {
                InformerLog.Expired(_log, Kind, _version);
                _version = null;
            }
            catch (Exception error) when (error is ApiException or HttpRequestException or IOException or TimeoutException or JsonException or InvalidDataException)
            {
                InformerLog.Failed(_log, Kind, error.Message);
                if (!await PauseAsync(cancellation)) return;
            }
            if (_options.Time.GetUtcNow() >= nextResync)
            {
                Resync();
                nextResync = NextResync();
            }
        }
    }

    private DateTimeOffset NextResync() => _options.Time.GetUtcNow() + _options.ResyncPeriod * (1 + 0.1 * Random.Shared.NextDouble());

    private async Task<bool> PauseAsync(CancellationToken cancellation)
    {
        double seconds = Math.Min(BackOffMax.TotalSeconds, BackOffMin.TotalSeconds * Math.Pow(2, Math.Min(_failures++, 10)));
        try
        {
            // Up to twice as long, so that a server that comes back is not met by everybody at once.
            await Task.Delay(TimeSpan.FromSeconds(seconds * (1 + Random.Shared.NextDouble())), _options.Time, cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task LoadAsync(CancellationToken cancellation)
    {
        if (_options.StreamInitialState)
        {
            try
            {
                await StreamStateAsync(cancellation);
                return;
            }
            catch (ApiException error) when (error.IsInvalid || error.Code == System.Net.HttpStatusCode.BadRequest)
            {
                InformerLog.NoStreaming(_log, Kind);
            }
        }
        ResourceList<T> list = await _client.ListAsync(_options.Namespace, Selectors(), cancellation);
        Replace(list.Items, list.Metadata.ResourceVersion);
    }

    private async Task StreamStateAsync(CancellationToken cancellation)
    {
        var state = new List<T>();
        await foreach (WatchEvent<T> e in _client.WatchAsync(_options.Namespace, Selectors() with { SendInitialEvents = true }, cancellation))
        {
            if (e.Type != WatchEventType.Bookmark)
            {
                state.Add(e.Object);
                continue;
            }
            if (ObjectIdentity.Annotation(e.Object, "k8s.io/initial-events-end") != "true") continue;
            Replace(state, e.Object.Metadata.ResourceVersion);
            return;
        }
        throw new IOException("the watch ended before the initial state was complete");
    }

    private ListOptions Selectors() => new() { LabelSelector = _options.LabelSelector, FieldSelector = _options.FieldSelector };

    /// <summary>Takes over a whole state: tells the handlers what differs from the cache.</summary>
    private void Replace(List<T> items, string? version)
    {
        bool initial = !HasSynced;
        var gone = new HashSet<ObjectKey>(Cache.Keys());
        foreach (T item in items)
        {
            gone.Remove(ObjectKey.Of(item));
            Store(item, initial);
        }
        foreach (ObjectKey key in gone) Drop(key, null);
        _version = version;
        _synced.TrySetResult();
    }

    /// <summary>Watches until the server ends it; gives the number of events, bookmarks included.</summary>
    private async Task<int> WatchAsync(DateTimeOffset nextResync, CancellationToken cancellation)
    {
        int events = 0;
        TimeSpan left = nextResync - _options.Time.GetUtcNow();
        int seconds = (int)Math.Clamp(left.TotalSeconds, 1, Random.Shared.Next(300, 600));
        ListOptions options = Selectors() with { ResourceVersion = _version, TimeoutSeconds = seconds };
        await foreach (WatchEvent<T> e in _client.WatchAsync(_options.Namespace, options, cancellation))
        {
            events++;
            _failures = 0;
            if (e.Type == WatchEventType.Deleted) Drop(ObjectKey.Of(e.Object), e.Object);
            else if (e.Type != WatchEventType.Bookmark) Store(e.Object, isInitial: false);
            _version = e.Object.Metadata.ResourceVersion ?? _version;
        }
        return events;
    }

    private void Store(T item, bool isInitial)
    {
        var key = ObjectKey.Of(item);
        bool known = Cache.TryGet(key, out T? old);
        // A new list brings what is known already; only what differs is news.
        if (known && old!.Metadata.ResourceVersion == item.Metadata.ResourceVersion) return;
        Cache.Set(key, item);
        if (known && old!.Metadata.Uid != item.Metadata.Uid)
        {
            Tell(new InformerEvent<T>(InformerEventType.Deleted, old, old));
            known = false;
        }
        Tell(known ? new(InformerEventType.Updated, old, item) : new(InformerEventType.Added, null, item, isInitial));
    }

    private void Drop(ObjectKey key, T? last)
    {
        if (!Cache.TryGet(key, out T? old)) return;
        Cache.Remove(key);
        Tell(new InformerEvent<T>(InformerEventType.Deleted, old, last ?? old));
    }

    private void Resync()
    {
        foreach (T item in Cache.List()) Tell(new InformerEvent<T>(InformerEventType.Updated, item, item, IsResync: true));
    }

    private void Tell(InformerEvent<T> change)
    {
        foreach (Action<InformerEvent<T>> handler in _handlers) handler(change);
    }
}
