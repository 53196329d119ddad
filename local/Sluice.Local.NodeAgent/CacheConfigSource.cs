using k8s.Models;
using Sluice.Kubernetes.Models;
using Sluice.Local.NodeAgent.Containers;

namespace Sluice.Local.NodeAgent;

/// <summary>Reads config maps, secrets and volumes from the caches of informers.</summary>
internal sealed class CacheConfigSource(NodeInformers informers) : IConfigSource
{
    public V1ConfigMap? GetConfigMap(string @namespace, string name) => informers.ConfigMaps.Cache.Get(new ObjectKey(@namespace, name));

    public V1Secret? GetSecret(string @namespace, string name) => informers.Secrets.Cache.Get(new ObjectKey(@namespace, name));

    public V1PersistentVolumeClaim? GetClaim(string @namespace, string name) => informers.Claims.Cache.Get(new ObjectKey(@namespace, name));

    public V1PersistentVolume? GetVolume(string name) => informers.Volumes.Cache.Get(new ObjectKey("", name));
}
