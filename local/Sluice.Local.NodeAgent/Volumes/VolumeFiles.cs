using System.Text;
using k8s.Models;
using Sluice.Kubernetes.Models;
using Sluice.Local.NodeAgent.Containers;

namespace Sluice.Local.NodeAgent.Volumes;

/// <summary>The files of volumes that are made from objects of the API: config maps, secrets, the pod's own fields.</summary>
internal sealed class VolumeFiles(V1Pod pod, string podIp, IConfigSource source, MountTable mounts)
{
    private const int DefaultMode = 0x1A4; // 0644
    private readonly string _namespace = pod.Metadata.NamespaceProperty!;

    /// <summary>The files of a volume; null when the volume is not of this sort.</summary>
    /// <exception cref="VolumeException">An object or a key is missing.</exception>
    public Dictionary<string, VolumeFile>? Of(V1Volume volume)
    {
        var files = new Dictionary<string, VolumeFile>(StringComparer.Ordinal);
        if (volume.ConfigMap is { } map) AddConfigMap(files, map.Name!, map.Items, map.Optional, map.DefaultMode);
        else if (volume.Secret is { } secret) AddSecret(files, secret.SecretName!, secret.Items, secret.Optional, secret.DefaultMode);
        else if (volume.DownwardAPI is { } fields) AddFields(files, fields.Items, fields.DefaultMode);
        else if (volume.Projected is { } projected) AddProjected(files, projected);
        else return null;
        return files;
    }

    private void AddProjected(Dictionary<string, VolumeFile> files, V1ProjectedVolumeSource projected)
    {
        foreach (var part in projected.Sources ?? [])
        {
            if (part.ConfigMap is { } map) AddConfigMap(files, map.Name!, map.Items, map.Optional, projected.DefaultMode);
            else if (part.Secret is { } secret) AddSecret(files, secret.Name!, secret.Items, secret.Optional, projected.DefaultMode);
            else if (part.DownwardAPI is { } fields) AddFields(files, fields.Items, projected.DefaultMode);
            else throw new VolumeException("local pods support configMap, secret and downwardAPI in a projected volume");
        }
    }

    private void AddConfigMap(Dictionary<string, VolumeFile> files, string name, IList<V1KeyToPath>? items, bool? optional, int? mode)
    {
        var map = source.GetConfigMap(_namespace, name);
        if (map is null && optional != true) throw new VolumeException($"configmap \"{name}\" not found");
        var content = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        // Programs read their configuration here: paths in it must be as real as those on the command line.
        foreach (var (key, value) in (map?.Data).OrEmpty()) content[key] = Encoding.UTF8.GetBytes(mounts.Rewrite(value));
        foreach (var (key, value) in (map?.BinaryData).OrEmpty()) content[key] = value;
        Add(files, content, items, optional, mode, $"configmap {_namespace}/{name}");
    }

    private void AddSecret(Dictionary<string, VolumeFile> files, string name, IList<V1KeyToPath>? items, bool? optional, int? mode)
    {
        var secret = source.GetSecret(_namespace, name);
        if (secret is null && optional != true) throw new VolumeException($"secret \"{name}\" not found");
        Add(files, (secret?.Data).OrEmpty(), items, optional, mode, $"secret {_namespace}/{name}");
    }

    private void AddFields(Dictionary<string, VolumeFile> files, IList<V1DownwardAPIVolumeFile>? items, int? mode)
    {
        foreach (var item in items ?? [])
        {
            string value;
            try
            {
                value = item.FieldRef is { } field
                    ? PodFields.Get(pod, field.FieldPath, podIp)
                    : PodFields.GetResource(pod, item.ResourceFieldRef!, pod.Spec!.Containers[0]);
            }
            catch (ContainerConfigException e)
            {
                throw new VolumeException(e.Message);
            }
            AddFile(files, item.Path, Encoding.UTF8.GetBytes(value), item.Mode ?? mode);
        }
    }

    private static void Add(
        Dictionary<string, VolumeFile> files, IDictionary<string, byte[]> content, IList<V1KeyToPath>? items, bool? optional, int? mode, string what)
    {
        if (items is not { Count: > 0 })
        {
            foreach (var (key, value) in content) AddFile(files, key, value, mode);
            return;
        }
        foreach (var item in items)
        {
            if (content.TryGetValue(item.Key, out var value)) AddFile(files, item.Path, value, item.Mode ?? mode);
            else if (optional != true) throw new VolumeException($"{what} references non-existent key: {item.Key}");
        }
    }

    private static void AddFile(Dictionary<string, VolumeFile> files, string path, byte[] content, int? mode)
    {
        // The API server refuses these; a file outside the volume must not depend on that alone.
        if (path.Length == 0 || path[0] == '/' || path.Split('/').Any(p => p is ".." or "")) throw new VolumeException($"path \"{path}\" of a volume's file is not allowed");
        files[path] = new VolumeFile(content, mode ?? DefaultMode);
    }
}
