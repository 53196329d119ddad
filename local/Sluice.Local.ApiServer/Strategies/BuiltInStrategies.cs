using Sluice.Local.ApiServer.Strategies.Kinds;

namespace Sluice.Local.ApiServer.Strategies;

/// <summary>Which strategy a built-in resource has.</summary>
internal static class BuiltInStrategies
{
    public static ResourceStrategy For(string group, string plural) => (group, plural) switch
    {
        ("", "configmaps") => new ConfigMapStrategy(),
        ("", "endpoints") => new EndpointsStrategy(),
        ("", "events") => new EventStrategy(core: true),
        ("", "namespaces") => new NamespaceStrategy(),
        ("", "nodes") => new NodeStrategy(),
        ("", "persistentvolumeclaims") => new ClaimStrategy(),
        ("", "persistentvolumes") => new VolumeStrategy(),
        ("", "pods") => new PodStrategy(),
        ("", "secrets") => new SecretStrategy(),
        ("", "serviceaccounts") => new BuiltInStrategy("io.k8s.api.core.v1.ServiceAccount"),
        ("", "services") => new ServiceStrategy(),
        ("apps", "controllerrevisions") => new RevisionStrategy(),
        ("apps", "statefulsets") => new StatefulSetStrategy(),
        ("events.k8s.io", "events") => new EventStrategy(core: false),
        ("networking.k8s.io", "networkpolicies") => new NetworkPolicyStrategy(),
        ("policy", "poddisruptionbudgets") => new DisruptionBudgetStrategy(),
        ("rbac.authorization.k8s.io", "clusterrolebindings") => new RoleBindingStrategy("io.k8s.api.rbac.v1.ClusterRoleBinding"),
        ("rbac.authorization.k8s.io", "rolebindings") => new RoleBindingStrategy("io.k8s.api.rbac.v1.RoleBinding"),
        ("rbac.authorization.k8s.io", "clusterroles") => new RoleStrategy("io.k8s.api.rbac.v1.ClusterRole"),
        ("rbac.authorization.k8s.io", "roles") => new RoleStrategy("io.k8s.api.rbac.v1.Role"),
        ("storage.k8s.io", "storageclasses") => new StorageClassStrategy(),
        ("apiextensions.k8s.io", _) => new DefinitionStrategy(),
        ("coordination.k8s.io", "leases") => new LeaseStrategy(),
        ("discovery.k8s.io", "endpointslices") => new EndpointSliceStrategy(),
        // Reviews are answered, never stored.
        _ => new ResourceStrategy(),
    };
}
