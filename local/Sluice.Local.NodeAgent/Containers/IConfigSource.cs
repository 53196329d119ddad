using k8s.Models;

namespace Sluice.Local.NodeAgent.Containers;

/// <summary>The objects that a pod's environment and volumes are filled from.</summary>
internal interface IConfigSource
{
    /// <summary>A config map; null when it does not exist.</summary>
    V1ConfigMap? GetConfigMap(string @namespace, string name);

    /// <summary>A secret; null when it does not exist.</summary>
    V1Secret? GetSecret(string @namespace, string name);

    /// <summary>A claim for a persistent volume; null when it does not exist.</summary>
    V1PersistentVolumeClaim? GetClaim(string @namespace, string name);

    /// <summary>A persistent volume; null when it does not exist.</summary>
    V1PersistentVolume? GetVolume(string name);
}
