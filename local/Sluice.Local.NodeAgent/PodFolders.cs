using k8s.Models;

namespace Sluice.Local.NodeAgent;

/// <summary>
/// Where the runtime keeps what it must find again after a kill:
/// <code>
/// addresses.json                              name of a pod -> its address
/// volumes/PV                                  the folder of a persistent volume
/// pods/NAMESPACE_NAME_UID/volumes/VOLUME      volumes that live as long as the pod
/// pods/NAMESPACE_NAME_UID/CONTAINER/state.json, N.log, work/
/// </code>
/// </summary>
internal sealed class PodFolders(string root)
{
    public string Root { get; } = Path.GetFullPath(root);

    public string Addresses => Path.Combine(Root, "addresses.json");

    public string PersistentVolumes => Path.Combine(Root, "volumes");

    public string Pods => Path.Combine(Root, "pods");

    public string Pod(V1Pod pod) => Path.Combine(Pods, $"{pod.Metadata.NamespaceProperty}_{pod.Metadata.Name}_{pod.Metadata.Uid}");

    public string Volume(V1Pod pod, string volume) => Path.Combine(Pod(pod), "volumes", volume);

    public string Container(V1Pod pod, string container) => Path.Combine(Pod(pod), container);

    public string State(V1Pod pod, string container) => Path.Combine(Container(pod, container), "state.json");

    public string Work(V1Pod pod, string container) => Path.Combine(Container(pod, container), "work");

    public string Log(V1Pod pod, string container, int attempt) => Path.Combine(Container(pod, container), $"{attempt}.log");

    /// <summary>The uids of the pods that have a folder, with its path.</summary>
    public IEnumerable<(string Uid, string Path)> Existing()
    {
        if (!Directory.Exists(Pods)) yield break;
        foreach (var path in Directory.EnumerateDirectories(Pods))
            yield return (Path.GetFileName(path)[(Path.GetFileName(path).LastIndexOf('_') + 1)..], path);
    }
}
