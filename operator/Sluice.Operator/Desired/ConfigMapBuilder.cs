using k8s.Models;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Desired;

/// <summary>The settings of a pool as a file.</summary>
internal static class ConfigMapBuilder
{
    public const string FileName = "server.properties";

    public static V1ConfigMap Build(NodePool pool, ClusterNames names, string properties) => new()
    {
        Metadata = StatefulSetBuilder.Meta(names, pool, names.ConfigMap(pool.Name)),
        Data = new Dictionary<string, string> { [FileName] = properties },
    };
}
