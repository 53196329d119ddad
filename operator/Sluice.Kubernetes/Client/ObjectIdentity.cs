using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Sluice.Kubernetes.Models;

namespace Sluice.Kubernetes.Client;

/// <summary>Name, namespace and versions of an object, be it a model or a tree.</summary>
internal static class ObjectIdentity
{
    public static string? Name<T>(T value) => value is IKubernetesObject<V1ObjectMeta> typed ? typed.Metadata.Name : Text(value, "name");

    public static string? Namespace<T>(T value) => value is IKubernetesObject<V1ObjectMeta> typed ? typed.Metadata.NamespaceProperty : Text(value, "namespace");

    public static string? ResourceVersion<T>(T value) => value is IKubernetesObject<V1ObjectMeta> typed ? typed.Metadata.ResourceVersion : Text(value, "resourceVersion");

    public static string? Annotation<T>(T value, string name) => value is IKubernetesObject<V1ObjectMeta> typed
        ? typed.GetAnnotation(name)
        : (value as JsonObject)?["metadata"]?["annotations"]?[name]?.ToString();

    /// <summary>Items of a list come without apiVersion and kind, and models are made without: everything that leaves or enters the client has them.</summary>
    public static T Complete<T>(T value, ResourceType type)
    {
        if (value is IKubernetesObject<V1ObjectMeta> typed)
        {
            // Equal texts too, so that thousands of objects of a cache share one.
            if (typed.ApiVersion is null || typed.ApiVersion == type.ApiVersion) typed.ApiVersion = type.ApiVersion;
            if (typed.Kind is null || typed.Kind == type.Kind) typed.Kind = type.Kind;
            typed.EnsureMetadata();
        }
        else if (value is JsonObject tree && !tree.ContainsKey("kind"))
        {
            tree.Insert(0, "apiVersion", type.ApiVersion);
            tree.Insert(1, "kind", type.Kind);
        }
        return value;
    }

    /// <summary>Namespace and name of an object that cannot be read otherwise.</summary>
    public static string NameOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("metadata", out JsonElement metadata) || metadata.ValueKind != JsonValueKind.Object) return "?";
        string name = metadata.TryGetProperty("name", out JsonElement text) ? text.ToString() : "?";
        return metadata.TryGetProperty("namespace", out JsonElement ns) ? $"{ns}/{name}" : name;
    }

    private static string? Text<T>(T value, string name) => value is JsonObject tree
        ? tree["metadata"]?[name]?.ToString()
        : throw new InvalidOperationException($"{typeof(T).FullName} is neither an IKubernetesObject<V1ObjectMeta> nor a JsonObject.");
}
