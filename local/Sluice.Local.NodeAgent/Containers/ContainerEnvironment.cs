using System.Text;
using k8s.Models;
using Sluice.Kubernetes.Models;
using Sluice.Local.NodeAgent.Volumes;

namespace Sluice.Local.NodeAgent.Containers;

/// <summary>
/// The variables of a container, by the kubelet's rules: envFrom in order, then env in order, each may use the ones before it.
/// No variables for services are made (enableServiceLinks): their addresses are in the Service objects.
/// </summary>
internal static class ContainerEnvironment
{
    // What an image would set. The rest of this process's environment is nobody's business.
    private static readonly string[] Inherited = ["PATH", "LANG", "LC_ALL", "TZ", "DOTNET_ROOT", "LD_LIBRARY_PATH"];

    /// <summary>Everything that the container's process finds in its environment.</summary>
    /// <exception cref="ContainerConfigException">A config map, a secret or a key is missing, or a field is not known.</exception>
    public static Dictionary<string, string> Build(V1Pod pod, V1Container container, string podIp, string home, MountTable mounts, IConfigSource source)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value) result[name] = value;
        }
        result["HOME"] = home;
        result["HOSTNAME"] = pod.Spec!.Hostname is { Length: > 0 } hostname ? hostname : pod.Metadata.Name!;
        foreach (var from in container.EnvFrom ?? []) AddAll(result, pod, from, mounts, source);
        foreach (var variable in container.Env ?? [])
        {
            if (variable.ValueFrom is { } valueFrom)
            {
                if (Resolve(pod, container, valueFrom, podIp, mounts, source) is { } value) result[variable.Name] = value;
            }
            else
            {
                result[variable.Name] = VariableExpansion.Expand(mounts.Rewrite(variable.Value ?? ""), result);
            }
        }
        return result;
    }

    private static void AddAll(Dictionary<string, string> result, V1Pod pod, V1EnvFromSource from, MountTable mounts, IConfigSource source)
    {
        var ns = pod.Metadata.NamespaceProperty!;
        if (from.ConfigMapRef is { } map)
        {
            var data = source.GetConfigMap(ns, map.Name!)?.Data;
            if (data is null && map.Optional != true && source.GetConfigMap(ns, map.Name!) is null) throw Missing("configmap", map.Name!);
            foreach (var (key, value) in data.OrEmpty()) result[from.Prefix + key] = mounts.Rewrite(value);
        }
        if (from.SecretRef is { } secret)
        {
            var data = source.GetSecret(ns, secret.Name!)?.Data;
            if (data is null && secret.Optional != true && source.GetSecret(ns, secret.Name!) is null) throw Missing("secret", secret.Name!);
            foreach (var (key, value) in data.OrEmpty()) result[from.Prefix + key] = Encoding.UTF8.GetString(value);
        }
    }

    private static string? Resolve(V1Pod pod, V1Container container, V1EnvVarSource from, string podIp, MountTable mounts, IConfigSource source)
    {
        var ns = pod.Metadata.NamespaceProperty!;
        if (from.FieldRef is { } field) return PodFields.Get(pod, field.FieldPath, podIp);
        if (from.ResourceFieldRef is { } resource) return PodFields.GetResource(pod, resource, container);
        if (from.ConfigMapKeyRef is { } mapKey)
        {
            var map = source.GetConfigMap(ns, mapKey.Name!);
            if (map?.Data?.TryGetValue(mapKey.Key, out var value) == true) return mounts.Rewrite(value);
            if (mapKey.Optional == true) return null;
            throw map is null ? Missing("configmap", mapKey.Name!) : MissingKey("ConfigMap", ns, mapKey.Name!, mapKey.Key);
        }
        if (from.SecretKeyRef is { } secretKey)
        {
            var secret = source.GetSecret(ns, secretKey.Name!);
            if (secret?.Data?.TryGetValue(secretKey.Key, out var value) == true) return Encoding.UTF8.GetString(value);
            if (secretKey.Optional == true) return null;
            throw secret is null ? Missing("secret", secretKey.Name!) : MissingKey("Secret", ns, secretKey.Name!, secretKey.Key);
        }
        throw new ContainerConfigException(
            $"env of container \"{container.Name}\": only fieldRef, resourceFieldRef, configMapKeyRef and secretKeyRef are supported by local pods");
    }

    private static ContainerConfigException Missing(string kind, string name) => new($"{kind} \"{name}\" not found");

    private static ContainerConfigException MissingKey(string kind, string ns, string name, string key) =>
        new($"couldn't find key {key} in {kind} {ns}/{name}");
}
