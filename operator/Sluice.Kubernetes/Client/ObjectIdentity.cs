using System.Text.Json.Nodes;
using Sluice.Kubernetes.Models;

namespace Sluice.Kubernetes;

/// <summary>Name, namespace and versions of an object, be it a model or a tree.</summary>
internal static class ObjectIdentity
{
    public static string? Name<T>(T value) => value is IKubernetesObject typed ? typed.Metadata.Name : Text(value, "name");

    public static string? Namespace<T>(T value) => value is IKubernetesObject typed ? typed.Metadata.Namespace : Text(value, "namespace");

    public static string? ResourceVersion<T>(T value) => value is IKubernetesObject typed ? typed.Metadata.ResourceVersion : Text(value, "resourceVersion");

    public static string? Annotation<T>(T value, string name) => value is IKubernetesObject typed
        ? typed.Metadata.Annotations?.GetValueOrDefault(name)
        : (value as JsonObject)?["metadata"]?["annotations"]?[name]?.ToString();

    /// <summary>Items of a list come without apiVersion and kind; a tree must be told them.</summary>
    public static void Complete<T>(T value, ResourceType type)
    {
        if (value is not JsonObject tree || tree.ContainsKey("kind")) return;
        tree.Insert(0, "apiVersion", type.ApiVersion);
        tree.Insert(1, "kind", type.Kind);
    }

    private static string? Text<T>(T value, string name) => value is JsonObject tree
        ? tree["metadata"]?[name]?.ToString()
        : throw new InvalidOperationException($"{typeof(T).FullName} is neither an IKubernetesObject nor a JsonObject.");
}
