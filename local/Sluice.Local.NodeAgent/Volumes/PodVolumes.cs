using k8s.Models;
using Sluice.Local.NodeAgent.Containers;

namespace Sluice.Local.NodeAgent.Volumes;

/// <summary>The volumes of one pod as folders of this machine, and what its containers see under their mount paths.</summary>
internal sealed class PodVolumes(PodFolders folders, IConfigSource source)
{
    /// <summary>
    /// Makes every volume of a pod, or brings those made from objects up to date, and gives the folder of each.
    /// </summary>
    /// <exception cref="VolumeException">One cannot be made; the message names it.</exception>
    public Dictionary<string, string> SetUp(V1Pod pod, string podIp)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var volume in pod.Spec!.Volumes ?? []) result[volume.Name] = FolderOf(pod, volume);
        // One table for the files of config maps, which belong to no container: where containers mount volumes at the same
        // path, the first container counts.
        var mounts = new MountTable(
            pod.Spec.Containers.Concat(pod.Spec.InitContainers ?? []).SelectMany(c => Mounts(c, result)).DistinctBy(m => m.MountPath));
        var files = new VolumeFiles(pod, podIp, source, mounts);
        foreach (var volume in pod.Spec.Volumes ?? [])
        {
            try
            {
                if (files.Of(volume) is { } content) AtomicFolder.Write(result[volume.Name], content);
                else Directory.CreateDirectory(result[volume.Name]);
            }
            catch (Exception e) when (e is VolumeException or IOException or UnauthorizedAccessException)
            {
                throw new VolumeException($"MountVolume.SetUp failed for volume \"{volume.Name}\" : {e.Message}");
            }
        }
        return result;
    }

    /// <summary>The mount paths of a container and the folders or files behind them.</summary>
    /// <exception cref="VolumeException">A mount names a volume that the pod does not have.</exception>
    public static MountTable MountTableOf(V1Container container, IReadOnlyDictionary<string, string> volumes, IReadOnlyDictionary<string, string> environment) =>
        new(Mounts(container, volumes, environment));

    private static IEnumerable<(string MountPath, string Folder)> Mounts(
        V1Container container, IReadOnlyDictionary<string, string> volumes, IReadOnlyDictionary<string, string>? environment = null)
    {
        foreach (var mount in container.VolumeMounts ?? [])
        {
            if (!volumes.TryGetValue(mount.Name, out var folder))
                throw new VolumeException($"container \"{container.Name}\" mounts volume \"{mount.Name}\", which the pod does not have");
            var below = mount.SubPathExpr is { Length: > 0 } expression && environment is not null
                ? VariableExpansion.Expand(expression, environment)
                : mount.SubPath;
            if (below is not { Length: > 0 })
            {
                yield return (mount.MountPath, folder);
                continue;
            }
            if (below[0] == '/' || below.Split('/').Contains("..")) throw new VolumeException($"subPath \"{below}\" must stay in its volume");
            var path = Path.Combine(folder, below);
            // Before the first start of a container that mounts only a part of an empty volume.
            if (environment is not null && !Path.Exists(path)) Directory.CreateDirectory(path);
            yield return (mount.MountPath, path);
        }
    }

    private string FolderOf(V1Pod pod, V1Volume volume)
    {
        if (volume.PersistentVolumeClaim is { } claim) return FolderOfClaim(pod, claim.ClaimName!);
        if (volume.HostPath is { } host) return host.Path!;
        if (volume.EmptyDir is not null || volume.ConfigMap is not null || volume.Secret is not null
            || volume.DownwardAPI is not null || volume.Projected is not null)
        {
            return folders.Volume(pod, volume.Name);
        }
        throw new VolumeException(
            $"volume \"{volume.Name}\": local pods support configMap, secret, emptyDir, persistentVolumeClaim, projected, downwardAPI and hostPath");
    }

    private string FolderOfClaim(V1Pod pod, string name)
    {
        var claim = source.GetClaim(pod.Metadata.NamespaceProperty!, name)
            ?? throw new VolumeException($"persistentvolumeclaim \"{name}\" not found");
        if (claim.Status?.Phase != "Bound" || claim.Spec?.VolumeName is not { Length: > 0 } volumeName)
            throw new VolumeException($"persistentvolumeclaim \"{name}\" is not bound");
        var volume = source.GetVolume(volumeName)
            ?? throw new VolumeException($"persistentvolume \"{volumeName}\" not found");
        return volume.Spec?.HostPath?.Path ?? volume.Spec?.Local?.Path
            ?? throw new VolumeException($"persistentvolume \"{volumeName}\": local pods support hostPath and local volumes");
    }
}
