using Sluice.Kubernetes.Models;

namespace Sluice.Local.NodeAgent.Containers;

/// <summary>The objects that a pod's environment and volumes are filled from.</summary>
internal interface IConfigSource
{
    /// <summary>A config map; null when it does not exist.</summary>
    ConfigMap? GetConfigMap(string @namespace, string name);

    /// <summary>A secret; null when it does not exist.</summary>
    Secret? GetSecret(string @namespace, string name);

    /// <summary>A claim for a persistent volume; null when it does not exist.</summary>
    PersistentVolumeClaim? GetClaim(string @namespace, string name);

    /// <summary>A persistent volume; null when it does not exist.</summary>
    PersistentVolume? GetVolume(string name);
}
