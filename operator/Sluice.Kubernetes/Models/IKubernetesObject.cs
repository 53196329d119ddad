namespace Sluice.Kubernetes.Models;

/// <summary>What every object of the Kubernetes API has.</summary>
public interface IKubernetesObject
{
    /// <summary>Group and version, as in <c>apps/v1</c>; the core group has none, as in <c>v1</c>.</summary>
    string ApiVersion { get; set; }

    /// <summary>The kind, as in <c>StatefulSet</c>.</summary>
    string Kind { get; set; }

    /// <summary>Name, namespace, labels, versions and owners.</summary>
    ObjectMeta Metadata { get; set; }
}
