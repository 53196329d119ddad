using System.Globalization;
using k8s.Models;
using Sluice.Kubernetes.Models;

namespace Sluice.Local.NodeAgent.Containers;

/// <summary>The downward API: fields of the pod and its resources as text for environment variables and files.</summary>
internal static class PodFields
{
    /// <summary>The value of a field path, such as status.podIP or metadata.labels['app'].</summary>
    /// <exception cref="ContainerConfigException">The path is none of those that Kubernetes offers.</exception>
    public static string Get(V1Pod pod, string path, string podIp)
    {
        if (Subscript(path, "metadata.labels", pod.Metadata.Labels) is { } label) return label;
        if (Subscript(path, "metadata.annotations", pod.Metadata.Annotations) is { } annotation) return annotation;
        return path switch
        {
            "metadata.name" => pod.Metadata.Name!,
            "metadata.namespace" => pod.Metadata.NamespaceProperty!,
            "metadata.uid" => pod.Metadata.Uid!,
            "metadata.labels" => Lines(pod.Metadata.Labels),
            "metadata.annotations" => Lines(pod.Metadata.Annotations),
            "spec.nodeName" => pod.Spec!.NodeName ?? "",
            "spec.serviceAccountName" => pod.Spec!.ServiceAccountName ?? "default",
            "status.podIP" or "status.podIPs" => podIp,
            "status.hostIP" or "status.hostIPs" => LocalNode.Address,
            _ => throw new ContainerConfigException($"fieldPath \"{path}\" is not supported"),
        };
    }

    /// <summary>A request or limit of a container, divided and rounded up, as resourceFieldRef asks.</summary>
    public static string GetResource(V1Pod pod, V1ResourceFieldSelector selector, V1Container container)
    {
        var target = selector.ContainerName is { Length: > 0 } name
            ? pod.Spec!.Containers.FirstOrDefault(c => c.Name == name) ?? throw new ContainerConfigException($"container \"{name}\" of a resourceFieldRef not found")
            : container;
        var (kind, resource) = selector.Resource.Split('.', 2) is [var first, var second]
            ? (first, second)
            : throw new ContainerConfigException($"resource \"{selector.Resource}\" of a resourceFieldRef is not supported");
        var amounts = kind switch
        {
            "limits" => target.Resources?.Limits,
            "requests" => target.Resources?.Requests,
            _ => throw new ContainerConfigException($"resource \"{selector.Resource}\" of a resourceFieldRef is not supported"),
        };
        // A limit that is not set is what the node has, a request that is not set is the limit.
        var amount = amounts?.TryGetValue(resource, out var set) == true ? set.ToDecimal()
            : kind == "requests" && target.Resources?.Limits?.TryGetValue(resource, out var limit) == true ? limit.ToDecimal()
            : kind == "requests" ? 0
            : LocalNode.Allocatable(resource);
        var divisor = selector.Divisor?.ToDecimal() is > 0 and var given ? given : 1;
        return decimal.Ceiling(amount / divisor).ToString(CultureInfo.InvariantCulture);
    }

    private static string? Subscript(string path, string of, IDictionary<string, string>? values)
    {
        if (!path.StartsWith(of + "['", StringComparison.Ordinal) || !path.EndsWith("']", StringComparison.Ordinal)) return null;
        return values.Find(path[(of.Length + 2)..^2]) ?? "";
    }

    private static string Lines(IDictionary<string, string>? values) => string.Join(
        '\n', values.OrEmpty().OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}=\"{Escape(v.Value)}\""));

    private static string Escape(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}

/// <summary>A container cannot be made as the pod describes it; it waits with reason CreateContainerConfigError.</summary>
internal sealed class ContainerConfigException(string message) : Exception(message);
