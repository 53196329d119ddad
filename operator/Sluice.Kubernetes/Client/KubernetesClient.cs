using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Sluice.Kubernetes.Configuration;
using Sluice.Kubernetes.Models;

namespace Sluice.Kubernetes.Client;

/// <summary>
/// A client of one API server. Typed by models and custom resources (<see cref="Resource{T}()"/>), or untyped by
/// <see cref="ResourceType"/>. Safe for use by many threads; keep one for the life of the process.
/// </summary>
public sealed class KubernetesClient : IDisposable
{
    private readonly k8s.Kubernetes _kubernetes;
    private readonly RequestSender _sender;

    /// <summary>Makes a client; nothing is sent yet.</summary>
    /// <param name="configuration">Server and account, from <see cref="KubeConfig"/>.</param>
    /// <param name="options">Settings; null takes the defaults.</param>
    /// <param name="handler">Takes the place of the network, in tests; its owner disposes of it.</param>
    public KubernetesClient(KubernetesClientConfiguration configuration, KubernetesClientOptions? options = null, HttpMessageHandler? handler = null)
    {
        Options = options ?? new KubernetesClientOptions();
        Server = new Uri(configuration.Host);
        Namespace = configuration.Namespace ?? "default";
        configuration.UserAgent = Options.UserAgent;
        _kubernetes = Transport.Open(configuration, handler);
        _sender = new RequestSender(_kubernetes, configuration.TlsServerName, Options);
    }

    /// <summary>Address of the server.</summary>
    public Uri Server { get; }

    /// <summary>Namespace for commands that name none.</summary>
    public string Namespace { get; }

    /// <summary>Settings.</summary>
    public KubernetesClientOptions Options { get; }

    /// <inheritdoc/>
    public void Dispose() => _kubernetes.Dispose();

    /// <summary>Objects of a kind, as a class that carries <see cref="KubernetesEntityAttribute"/>.</summary>
    public ResourceClient<T> Resource<T>()
        where T : class, IKubernetesObject<V1ObjectMeta> => new(_sender, Options, ResourceType.Of<T>());

    /// <summary>Objects of any kind, as trees.</summary>
    public ResourceClient<JsonObject> Resource(ResourceType type) => new(_sender, Options, type);

    /// <summary>Objects of any kind, as a class of the caller's choice.</summary>
    public ResourceClient<T> Resource<T>(ResourceType type)
        where T : class => new(_sender, Options, type);

    /// <inheritdoc cref="ResourceClient{T}.GetAsync"/>
    public Task<T> GetAsync<T>(string? ns, string name, CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => Resource<T>().GetAsync(ns, name, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.TryGetAsync"/>
    public Task<T?> TryGetAsync<T>(string? ns, string name, CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => Resource<T>().TryGetAsync(ns, name, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.ListAsync"/>
    public Task<ResourceList<T>> ListAsync<T>(string? ns, ListOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => Resource<T>().ListAsync(ns, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.WatchAsync"/>
    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? ns, ListOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => Resource<T>().WatchAsync(ns, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.CreateAsync"/>
    public Task<T> CreateAsync<T>(T value, WriteOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => Resource<T>().CreateAsync(value, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.UpdateAsync"/>
    public Task<T> UpdateAsync<T>(T value, WriteOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => Resource<T>().UpdateAsync(value, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.UpdateStatusAsync"/>
    public Task<T> UpdateStatusAsync<T>(T value, WriteOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => Resource<T>().UpdateStatusAsync(value, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.DeleteAsync"/>
    public Task DeleteAsync<T>(string? ns, string name, V1DeleteOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => Resource<T>().DeleteAsync(ns, name, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.TryDeleteAsync"/>
    public Task<bool> TryDeleteAsync<T>(string? ns, string name, V1DeleteOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => Resource<T>().TryDeleteAsync(ns, name, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.MergePatchAsync"/>
    public Task<T> MergePatchAsync<T>(string? ns, string name, JsonObject patch, WriteOptions? options = null, CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => Resource<T>().MergePatchAsync(ns, name, patch, options, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.ApplyAsync"/>
    public Task<T> ApplyAsync<T>(T value, string fieldManager, bool force = false, CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => Resource<T>().ApplyAsync(value, new WriteOptions { FieldManager = fieldManager, Force = force }, cancellation);

    /// <inheritdoc cref="ResourceClient{T}.ApplyStatusAsync"/>
    public Task<T> ApplyStatusAsync<T>(T value, string fieldManager, bool force = false, CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => Resource<T>().ApplyStatusAsync(value, new WriteOptions { FieldManager = fieldManager, Force = force }, cancellation);

    /// <summary>Reads any address of the server, such as <c>/readyz</c> or <c>/apis</c>, as text.</summary>
    /// <exception cref="ApiException">The answer is no success.</exception>
    public Task<string> GetTextAsync(string path, CancellationToken cancellation = default) =>
        _sender.SendAsync(HttpMethod.Get, path, null, "", static body => Encoding.UTF8.GetString(body), cancellation);
}
