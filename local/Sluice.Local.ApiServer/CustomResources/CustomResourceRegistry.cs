using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>Keeps the served resources in step with the custom resource definitions in the store.</summary>
internal sealed class CustomResourceRegistry(ApiCore core)
{
    public const string Definitions = "apiextensions.k8s.io/customresourcedefinitions";

    private static readonly string[] Verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

    // Versions that did not change keep their instance, and with it what was parsed and compiled.
    private readonly Dictionary<string, (long Revision, IReadOnlyList<ResourceInfo> Versions)> _known = [];

    /// <summary>Reads all definitions, and follows their changes from here on.</summary>
    public void Start()
    {
        Rebuild(core.Store.State.Of(Definitions));
        core.Store.Committed += change =>
        {
            if (change.Kind == Definitions)
                Rebuild(change.After);
        };
    }

    private void Rebuild(ObjectSet definitions)
    {
        lock (_known)
        {
            var custom = new List<ResourceInfo>();
            foreach (var item in definitions.All())
            {
                if (!_known.TryGetValue(item.Key, out var known) || known.Revision != item.Revision)
                    _known[item.Key] = known = (item.Revision, [.. Read(item.Body)]);
                custom.AddRange(known.Versions);
            }

            foreach (var gone in _known.Keys.Where(key => definitions.Find(key) is null).ToList())
                _known.Remove(gone);
            core.Registry = ResourceRegistry.With(custom.OrderBy(info => info.Group, StringComparer.Ordinal).ThenBy(info => info.Version, VersionOrder.Instance));
        }
    }

    private static IEnumerable<ResourceInfo> Read(JsonObject definition)
    {
        if (!CustomDefinition.IsEstablished(definition))
            yield break;
        foreach (var version in definition["spec"].Array("versions").Objects())
        {
            if (version.Bool("served") == true)
                yield return ReadVersion(definition, version);
        }
    }

    private static ResourceInfo ReadVersion(JsonObject definition, JsonObject version)
    {
        var spec = definition.Object("spec")!;
        // Names that were accepted, which are not always those that were asked for.
        var names = definition["status"].Object("acceptedNames") ?? spec.Object("names")!;
        var name = version.String("name")!;
        var custom = new CustomVersion(definition, version, CustomDefinition.SchemaOf(version));
        return new ResourceInfo
        {
            Group = spec.String("group")!,
            Version = name,
            Plural = names.String("plural")!,
            Singular = names.String("singular") ?? "",
            Kind = names.String("kind")!,
            ListKind = names.String("listKind") ?? names.String("kind") + "List",
            ShortNames = [.. names.Array("shortNames").Strings()],
            Categories = [.. names.Array("categories").Strings()],
            Namespaced = spec.String("scope") == "Namespaced",
            Verbs = Verbs,
            Subresources = [.. Subresources(version, names.String("kind")!)],
            Strategy = new CustomStrategy(custom),
            Table = CustomTable.Of(version),
            LoadSchema = () => custom.Schema,
            StoreKind = $"{spec.String("group")}/{names.String("plural")}",
            Custom = custom,
            Converter = new CustomConverter($"{spec.String("group")}/{name}", custom.Schema),
        };
    }

    private static IEnumerable<SubresourceInfo> Subresources(JsonObject version, string kind)
    {
        if (version["subresources"].Object("status") is not null)
            yield return new SubresourceInfo("status", "", "", kind, ["get", "patch", "update"]);
        if (version["subresources"].Object("scale") is not null)
            yield return new SubresourceInfo("scale", "autoscaling", "v1", "Scale", ["get", "patch", "update"]);
    }
}
