using System.Collections.Frozen;
using Sluice.Local.ApiServer.Schemas;
using Sluice.Local.ApiServer.Strategies;
using Sluice.Local.ApiServer.Tables;

namespace Sluice.Local.ApiServer.Resources;

/// <summary>
/// The resources that are served now. It is replaced as a whole when a custom resource definition changes, so that a request
/// sees one state of it from beginning to end.
/// </summary>
internal sealed class ResourceRegistry
{
    private static readonly Lazy<IReadOnlyList<ResourceInfo>> BuiltIns = new(ReadBuiltIns);

    private readonly FrozenDictionary<(string Group, string Version, string Plural), ResourceInfo> _byPath;

    private ResourceRegistry(IReadOnlyList<ResourceInfo> all)
    {
        All = all;
        _byPath = all.ToFrozenDictionary(item => (item.Group, item.Version, item.Plural));
        Groups = [.. all.Select(item => item.Group).Distinct()];
    }

    /// <summary>All resources, the built-in ones first.</summary>
    public IReadOnlyList<ResourceInfo> All { get; }

    /// <summary>Group names in the order of discovery; the core group's name is empty.</summary>
    public IReadOnlyList<string> Groups { get; }

    public static ResourceRegistry OfBuiltIns() => new(BuiltIns.Value);

    public static ResourceRegistry With(IEnumerable<ResourceInfo> custom) => new([.. BuiltIns.Value, .. custom]);

    public ResourceInfo? Find(string group, string version, string plural) =>
        _byPath.TryGetValue((group, version, plural), out var found) ? found : null;

    /// <summary>A resource by group, whatever the version; the first is the preferred one.</summary>
    public ResourceInfo? Find(string group, string plural) =>
        All.FirstOrDefault(item => item.Group == group && item.Plural == plural);

    public ResourceInfo? FindKind(string group, string version, string kind) =>
        All.FirstOrDefault(item => item.Group == group && item.Version == version && item.Kind == kind);

    /// <summary>The versions of a group, the preferred one first.</summary>
    public IReadOnlyList<string> VersionsOf(string group) =>
        [.. All.Where(item => item.Group == group).Select(item => item.Version).Distinct().Order(VersionOrder.Instance)];

    private static List<ResourceInfo> ReadBuiltIns()
    {
        var columns = TableColumns.ReadBuiltIns();
        var result = new List<ResourceInfo>();
        foreach (var line in EmbeddedTable.Lines("resources.tsv"))
            result.Add(FromLine(line.Split('\t'), columns));
        return result;
    }

    private static ResourceInfo FromLine(string[] field, Dictionary<string, IReadOnlyList<TableColumn>> columns)
    {
        var (group, version) = SplitGroupVersion(field[0]);
        var (plural, kind) = (field[1], field[2]);
        return new ResourceInfo
        {
            Group = group,
            Version = version,
            Plural = plural,
            Kind = kind,
            ListKind = kind + "List",
            Namespaced = field[3] == "Namespaced",
            Singular = field[4],
            ShortNames = SplitList(field[5]),
            Categories = SplitList(field[6]),
            Verbs = SplitList(field[7]),
            Subresources = [.. field[8].Split(' ', StringSplitOptions.RemoveEmptyEntries).Length == 0 ? [] : ReadSubresources(field[8])],
            Strategy = BuiltInStrategies.For(group, plural),
            Table = BuiltInTables.For(group, plural, columns.GetValueOrDefault($"{field[0]}/{plural}")),
            StoreKind = plural == "events" ? "/events" : $"{group}/{plural}",
            Converter = group == "events.k8s.io" ? EventConverter.Instance : null,
            LoadSchema = () => SchemaProvider.Instance.Named(
                SchemaProvider.Instance.NameOf(group, version, kind) ?? throw new InvalidOperationException($"no schema for {kind}")),
        };
    }

    /// <summary>Reads for instance "scale(Scale get,patch) status(StatefulSet get)".</summary>
    private static IEnumerable<SubresourceInfo> ReadSubresources(string text)
    {
        foreach (var part in text.Split(')', StringSplitOptions.RemoveEmptyEntries))
        {
            var open = part.IndexOf('(', StringComparison.Ordinal);
            var words = part[(open + 1)..].Split(' ');
            var (group, version) = words[0] == "Scale" ? ("autoscaling", "v1") : ("", "");
            yield return new SubresourceInfo(part[..open].Trim(), group, version, words[0], SplitList(words[1]));
        }
    }

    private static (string Group, string Version) SplitGroupVersion(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? ("", text) : (text[..slash], text[(slash + 1)..]);
    }

    private static string[] SplitList(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
