namespace Sluice.Local.Api.Strategies;

/// <summary>Which strategy a built-in resource has.</summary>
internal static class BuiltInStrategies
{
    private static readonly ResourceStrategy Plain = new();

    private static readonly ResourceStrategy WithStatus = new StatusStrategy();

    public static ResourceStrategy For(string group, string plural) => (group, plural) switch
    {
        ("", "pods" or "services" or "nodes" or "persistentvolumes" or "persistentvolumeclaims" or "namespaces") => WithStatus,
        ("apps", "statefulsets") or ("policy", "poddisruptionbudgets") => WithStatus,
        ("apiextensions.k8s.io", _) => new Kinds.DefinitionStrategy(),
        _ => Plain,
    };

    private sealed class StatusStrategy : ResourceStrategy
    {
        public override bool HasStatus => true;
    }
}
