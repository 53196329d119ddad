using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Sluice.Kubernetes.Models;

/// <summary>
/// Base of custom resources. The class carries <see cref="KubernetesEntityAttribute"/>, from which apiVersion and kind come.
/// </summary>
/// <typeparam name="TSpec">What the user asks for.</typeparam>
/// <typeparam name="TStatus">What the controller reports.</typeparam>
public abstract class CustomResource<TSpec, TStatus> : IKubernetesObject<V1ObjectMeta>, ISpec<TSpec>, IStatus<TStatus?>
    where TSpec : class, new()
    where TStatus : class
{
    /// <summary>Takes apiVersion and kind from the attribute of the class.</summary>
    protected CustomResource()
    {
        var type = ResourceType.Of(GetType());
        ApiVersion = type.ApiVersion;
        Kind = type.Kind;
    }

    /// <inheritdoc/>
    [JsonPropertyOrder(-4)]
    public string ApiVersion { get; set; }

    /// <inheritdoc/>
    [JsonPropertyOrder(-3)]
    public string Kind { get; set; }

    /// <inheritdoc/>
    [JsonPropertyOrder(-2)]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What the user asks for.</summary>
    [JsonPropertyOrder(-1)]
    public TSpec Spec { get; set; } = new();

    /// <summary>What the controller reports; null until its first report.</summary>
    public TStatus? Status { get; set; }
}
