using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Kubernetes.Client;

/// <summary>
/// Reads and writes the objects of one kind. Every method may throw <see cref="ApiException"/> (the server refused),
/// <see cref="HttpRequestException"/> (no connection) or <see cref="TimeoutException"/>.
/// </summary>
/// <typeparam name="T">A model, a custom resource, or <see cref="JsonObject"/> for any kind.</typeparam>
public sealed class ResourceClient<T>
    where T : class
{
    private const string Json = "application/json";
    private readonly RequestSender _sender;
    private readonly KubernetesClientOptions _options;
    private readonly Action<string, JsonException>? _unreadable;

    internal ResourceClient(RequestSender sender, KubernetesClientOptions options, ResourceType type, Action<string, JsonException>? unreadable = null)
    {
        _sender = sender;
        _options = options;
        _unreadable = unreadable;
        Type = type;
    }

    /// <summary>The kind.</summary>
    public ResourceType Type { get; }

    /// <summary>
    /// This client, but lists and watches leave out objects that do not fit the class, and tell of each by name: one bad object must
    /// not hide all the others. A watched object that becomes unreadable counts as deleted.
    /// </summary>
    internal ResourceClient<T> LeavingOut(Action<string, JsonException> unreadable) => new(_sender, _options, Type, unreadable);

    /// <summary>Reads one object.</summary>
    public Task<T> GetAsync(string? ns, string name, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Get, Type.Path(ns, name), null, Json, cancellation);

    /// <summary>Reads one object; null when it does not exist.</summary>
    public async Task<T?> TryGetAsync(string? ns, string name, CancellationToken cancellation = default)
    {
        try
        {
            return await GetAsync(ns, name, cancellation);
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Reads one page of a list, as large as <see cref="ListOptions.Limit"/> says.</summary>
    /// <param name="ns">A namespace, or null for all of them.</param>
    /// <param name="options">Selectors and page.</param>
    /// <param name="cancellation">Stops the request.</param>
    public async Task<ResourceList<T>> ListPageAsync(string? ns, ListOptions? options = null, CancellationToken cancellation = default)
    {
        string path = Type.Path(ns) + Query(options ?? new());
        ResourceList<T> list = await _sender.SendAsync(HttpMethod.Get, path, null, Json, body => ListReader.Read<T>(body, _unreadable), cancellation);
        foreach (T item in list.Items) ObjectIdentity.Complete(item, Type);
        return list;
    }

    /// <summary>
    /// Reads a whole list in pages. Should the token of a page expire on the way, the list begins anew without pages, so that the
    /// result is one state of the collection.
    /// </summary>
    /// <inheritdoc cref="ListPageAsync" path="/param"/>
    public async Task<ResourceList<T>> ListAsync(string? ns, ListOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new ListOptions();
        ResourceList<T> all = await ListPageAsync(ns, options with { Limit = options.Limit ?? _options.PageSize }, cancellation);
        while (!string.IsNullOrEmpty(all.Metadata.ContinueProperty))
        {
            // The version is part of the token; naming it beside the token is an error.
            ListOptions next = options with { Limit = options.Limit ?? _options.PageSize, Continue = all.Metadata.ContinueProperty, ResourceVersion = null, ResourceVersionMatch = null };
            try
            {
                ResourceList<T> page = await ListPageAsync(ns, next, cancellation);
                all.Items.AddRange(page.Items);
                all.Metadata = page.Metadata;
            }
            catch (ApiException error) when (error.IsExpired)
            {
                return await ListPageAsync(ns, options with { Limit = null, Continue = null }, cancellation);
            }
        }
        return all;
    }

    /// <summary>
    /// Watches a collection until the server ends the watch, which it does now and then: watch again from the last version seen.
    /// Bookmarks are asked for. A version that is too old shows as <see cref="ApiException.IsExpired"/>: list anew.
    /// A connection on which nothing comes for longer than the agreed time counts as ended.
    /// </summary>
    /// <inheritdoc cref="ListPageAsync" path="/param"/>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync(string? ns, ListOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        options ??= new ListOptions();
        // Spread, so that watches opened together don't all end together.
        int seconds = options.TimeoutSeconds ?? Random.Shared.Next(300, 600);
        string path = Type.Path(ns) + Query(options with { TimeoutSeconds = seconds }, watch: true);
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        guard.CancelAfter(TimeSpan.FromSeconds(seconds + 30));
        using HttpResponseMessage response = await _sender.OpenAsync(path, guard.Token);
        await using Stream stream = await response.Content.ReadAsStreamAsync(guard.Token);
        IAsyncEnumerator<WatchEvent<T>> events = WatchReader.ReadAsync<T>(stream, "WATCH " + path, _unreadable, guard.Token).GetAsyncEnumerator(guard.Token);
        await using (events)
        {
            while (await NextAsync(events, guard.Token, cancellation))
            {
                ObjectIdentity.Complete(events.Current.Object, Type);
                yield return events.Current;
            }
        }
    }

    /// <summary>Makes an object. With <c>metadata.generateName</c> instead of a name the server chooses the name.</summary>
    public Task<T> CreateAsync(T value, WriteOptions? options = null, CancellationToken cancellation = default)
    {
        // The name is in the body, except for a subresource, which is posted to its object.
        string? name = options?.Subresource is null ? null : NameOf(value);
        return SendAsync(HttpMethod.Post, Type.Path(NamespaceOf(value), name, options?.Subresource) + Query(options), Body(value), Json, cancellation);
    }

    /// <summary>Replaces an object. Its resource version, when it has one, must still be the newest, else Conflict.</summary>
    public Task<T> UpdateAsync(T value, WriteOptions? options = null, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Put, Type.Path(NamespaceOf(value), NameOf(value), options?.Subresource) + Query(options), Body(value), Json, cancellation);

    /// <summary>Replaces an object's status; the rest of the object is ignored by the server.</summary>
    public Task<T> UpdateStatusAsync(T value, WriteOptions? options = null, CancellationToken cancellation = default) =>
        UpdateAsync(value, (options ?? new()) with { Subresource = "status" }, cancellation);

    /// <summary>Deletes an object. Not found is an error; an object with finalizers goes on to exist until they are removed.</summary>
    public async Task DeleteAsync(string? ns, string name, V1DeleteOptions? options = null, CancellationToken cancellation = default) =>
        await _sender.SendAsync(HttpMethod.Delete, Type.Path(ns, name), options is null ? null : ApiJson.ToUtf8(options), Json, static _ => true, cancellation);

    /// <summary>Deletes an object; false when there was none.</summary>
    public async Task<bool> TryDeleteAsync(string? ns, string name, V1DeleteOptions? options = null, CancellationToken cancellation = default)
    {
        try
        {
            await DeleteAsync(ns, name, options, cancellation);
            return true;
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            return false;
        }
    }

    /// <summary>Changes the fields that the patch names (RFC 7396): null removes a field, a list replaces the whole list.</summary>
    public Task<T> MergePatchAsync(string? ns, string name, JsonObject patch, WriteOptions? options = null, CancellationToken cancellation = default) =>
        PatchAsync(ns, name, Encoding.UTF8.GetBytes(patch.ToJsonString()), "application/merge-patch+json", options, cancellation);

    /// <summary>Runs the operations of a JSON patch (RFC 6902), all or none.</summary>
    public Task<T> JsonPatchAsync(string? ns, string name, JsonArray patch, WriteOptions? options = null, CancellationToken cancellation = default) =>
        PatchAsync(ns, name, Encoding.UTF8.GetBytes(patch.ToJsonString()), "application/json-patch+json", options, cancellation);

    /// <summary>
    /// Server-side apply: the object becomes owner of exactly the fields that it has under the field manager's name; fields that
    /// this manager applied before and that are missing now are removed. Makes the object when there is none.
    /// </summary>
    /// <param name="value">The fields wanted, with name and namespace, without resource version or managed fields.</param>
    /// <param name="options">The field manager, which must be given; force; subresource.</param>
    /// <param name="cancellation">Stops the request.</param>
    public Task<T> ApplyAsync(T value, WriteOptions options, CancellationToken cancellation = default)
    {
        if (string.IsNullOrEmpty(options.FieldManager)) throw new ArgumentException("Server-side apply needs a field manager.", nameof(options));
        return PatchAsync(NamespaceOf(value), NameOf(value), Body(value), "application/apply-patch+yaml", options, cancellation);
    }

    /// <summary><see cref="ApplyAsync"/> of the status.</summary>
    public Task<T> ApplyStatusAsync(T value, WriteOptions options, CancellationToken cancellation = default) =>
        ApplyAsync(value, options with { Subresource = "status" }, cancellation);

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<WatchEvent<T>> events, CancellationToken guard, CancellationToken cancellation)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (OperationCanceledException) when (guard.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static string NameOf(T value) => ObjectIdentity.Name(value) ?? throw new ArgumentException("The object has no metadata.name.", nameof(value));

    private string? NamespaceOf(T value)
    {
        string? ns = ObjectIdentity.Namespace(value);
        return !Type.Namespaced || ns is not null ? ns : throw new ArgumentException($"{Type.Kind} lives in a namespace: the object has no metadata.namespace.", nameof(value));
    }

    private Task<T> PatchAsync(string? ns, string name, byte[] patch, string contentType, WriteOptions? options, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Patch, Type.Path(ns, name, options?.Subresource) + Query(options), patch, contentType, cancellation);

    private byte[] Body(T value) => ApiJson.ToUtf8(ObjectIdentity.Complete(value, Type));

    private async Task<T> SendAsync(HttpMethod method, string path, byte[]? body, string contentType, CancellationToken cancellation)
    {
        T? answer = await _sender.SendAsync(method, path, body, contentType, static body => JsonSerializer.Deserialize<T>(body, ApiJson.Options), cancellation);
        return ObjectIdentity.Complete(answer ?? throw new InvalidDataException($"{method} {path}: the answer is null."), Type);
    }

    private static string Query(ListOptions options, bool watch = false)
    {
        var query = new QueryString();
        query.Add("labelSelector", options.LabelSelector);
        query.Add("fieldSelector", options.FieldSelector);
        query.Add("resourceVersion", options.ResourceVersion);
        query.Add("resourceVersionMatch", options.SendInitialEvents ? "NotOlderThan" : options.ResourceVersionMatch);
        if (watch)
        {
            query.Add("watch", "true");
            query.Add("allowWatchBookmarks", "true");
            if (options.SendInitialEvents) query.Add("sendInitialEvents", "true");
        }
        else
        {
            query.Add("limit", options.Limit?.ToString());
            query.Add("continue", options.Continue);
        }
        query.Add("timeoutSeconds", options.TimeoutSeconds?.ToString());
        return query.ToString();
    }

    private static string Query(WriteOptions? options)
    {
        var query = new QueryString();
        query.Add("fieldManager", options?.FieldManager);
        query.Add("fieldValidation", options?.FieldValidation);
        if (options is { Force: true }) query.Add("force", "true");
        if (options is { DryRun: true }) query.Add("dryRun", "All");
        return query.ToString();
    }
}
