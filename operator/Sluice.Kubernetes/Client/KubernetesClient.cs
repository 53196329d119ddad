using System.Text;
using System.Text.Json.Nodes;
using Sluice.Kubernetes.Models;

namespace Sluice.Kubernetes;

/// <summary>
/// A client of one API server. Typed by models and custom resources (<see cref="Resource{T}()"/>), or untyped by
/// <see cref="ResourceType"/>. Safe for use by many threads; keep one for the life of the process.
/// </summary>
public sealed class KubernetesClient : IDisposable
{
    private readonly RequestSender _sender;

    /// <summary>Makes a client; nothing is sent yet.</summary>
    /// <param name="connection">Server and account, from <see cref="KubeConfig"/> or <see cref="InClusterAccount"/>.</param>
    /// <param name="options">Settings; null takes the defaults.</param>
    /// <param name="handler">Takes the place of the network, in tests; its owner disposes of it.</param>
    public KubernetesClient(KubeConnection connection, KubernetesClientOptions? options = null, HttpMessageHandler? handler = null)
    {
        Connection = connection;
        Options = options ?? new KubernetesClientOptions();
        _sender = new RequestSender(connection, Options, handler);
    }

    /// <summary>Server and account.</summary>
    public KubeConnection Connection { get; }

    /// <summary>Settings.</summary>
    public KubernetesClientOptions Options { get; }

    /// <inheritdoc/>
    public void Dispose() => _sender.Dispose();

    /// <summary>Objects of a kind, as a class that carries <see cref="KubernetesResourceAttribute"/>.</summary>
    public ResourceClient<T> Resource<T>()
        where T : class, IKubernetesObject => new(_sender, Options, ResourceType.Of<T>());

    /// <summary>Objects of any kind, as trees.</summary>
    public ResourceClient<JsonObject> Resource(ResourceType type) => new(_sender, Options, type);

    /// <summary>Objects of any kind, as a class of the caller's choice.</summary>
    public ResourceClient<T> Resource<T>(ResourceType type)
        where T : class => new(_sender, Options, type);

    /// <inheritdoc cref="ResourceClient{T}.GetAsync"/>
    public Task<T> GetAsync<T>(string? ns, string name, CancellationToken cancellation = default)
        where T : class, IKubernetesObject => Resource<T>().GetAsync(ns, name, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.TryGetAsync"/>
    public Task<T?> TryGetAsync<T>(string? ns, string name, CancellationToken cancellation = default)
        where T : class, IKubernetesObject => Resource<T>().TryGetAsync(ns, name, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.ListAsync"/>
    public Task<ResourceList<T>> ListAsync<T>(string? ns, ListOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject => Resource<T>().ListAsync(ns, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.WatchAsync"/>
    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? ns, ListOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject => Resource<T>().WatchAsync(ns, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.CreateAsync"/>
    public Task<T> CreateAsync<T>(T value, WriteOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject => Resource<T>().CreateAsync(value, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.UpdateAsync"/>
    public Task<T> UpdateAsync<T>(T value, WriteOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject => Resource<T>().UpdateAsync(value, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.UpdateStatusAsync"/>
    public Task<T> UpdateStatusAsync<T>(T value, WriteOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject => Resource<T>().UpdateStatusAsync(value, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.DeleteAsync"/>
    public Task DeleteAsync<T>(string? ns, string name, DeleteOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject => Resource<T>().DeleteAsync(ns, name, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.TryDeleteAsync"/>
    public Task<bool> TryDeleteAsync<T>(string? ns, string name, DeleteOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject => Resource<T>().TryDeleteAsync(ns, name, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.MergePatchAsync"/>
    public Task<T> MergePatchAsync<T>(string? ns, string name, JsonObject patch, WriteOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject => Resource<T>().MergePatchAsync(ns, name, patch, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.ApplyAsync"/>
    public Task<T> ApplyAsync<T>(T value, string fieldManager, bool force = false, CancellationToken cancellation = default)
        where T : class, IKubernetesObject => Resource<T>().ApplyAsync(value, new WriteOptions { FieldManager = fieldManager, Force = force }, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.ApplyStatusAsync"/>
    public Task<T> ApplyStatusAsync<T>(T value, string fieldManager, bool force = false, CancellationToken cancellation = default)
        where T : class, IKubernetesObject => Resource<T>().ApplyStatusAsync(value, new WriteOptions { FieldManager = fieldManager, Force = force }, cancellation);

    /// <summary>Reads any address of the server, such as <c>/readyz</c> or <c>/apis</c>, as text.</summary>
    /// <exception cref="ApiException">The answer is no success.</exception>
    public async Task<string> GetTextAsync(string path, CancellationToken cancellation = default) =>
        Encoding.UTF8.GetString(await _sender.SendAsync(HttpMethod.Get, path, null, "", cancellation));
}
