using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Resources;

namespace Sluice.Local.ApiServer.Selectors;

/// <summary>A conjunction of comparisons of fields, of which every kind allows its own few.</summary>
internal sealed class FieldSelector
{
    public static readonly FieldSelector Everything = new([], null!);

    private static readonly Dictionary<string, string[]> Selectable = new(StringComparer.Ordinal)
    {
        ["/pods"] =
        [
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase",
            "status.podIP", "status.podIPs", "status.nominatedNodeName",
        ],
        ["/events"] =
        [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
            "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
        ],
        ["events.k8s.io/events"] =
        [
            "regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "regarding.apiVersion", "regarding.resourceVersion",
            "regarding.fieldPath", "reason", "reportingController", "type",
        ],
        ["/secrets"] = ["type"],
        ["/namespaces"] = ["status.phase"],
        ["/nodes"] = ["spec.unschedulable"],
        ["/services"] = ["spec.clusterIP", "spec.type"],
    };

    private readonly IReadOnlyList<(string Path, bool Equal, string Value)> _terms;
    private readonly ResourceInfo _resource;

    private FieldSelector(IReadOnlyList<(string Path, bool Equal, string Value)> terms, ResourceInfo resource)
    {
        _terms = terms;
        _resource = resource;
    }

    public bool IsEverything => _terms.Count == 0;

    /// <summary>The only name that can match, when the selector says so; lets a list become a look-up.</summary>
    public string? Name => _terms.FirstOrDefault(term => term is { Path: "metadata.name", Equal: true }).Value;

    public bool Matches(JsonObject item) => _terms.All(term => (Value(item, term.Path) == term.Value) == term.Equal);

    public static FieldSelector Parse(ResourceInfo resource, string text)
    {
        var terms = new List<(string, bool, string)>();
        foreach (var part in Split(text))
        {
            var (path, equal, value) = ParseTerm(part);
            if (!IsSelectable(resource, path))
                throw ApiError.BadRequest(Unknown(resource, path));
            terms.Add((path, equal, value));
        }

        return terms.Count == 0 ? Everything : new FieldSelector(terms, resource);
    }

    private static string Unknown(ResourceInfo resource, string path)
    {
        if (Selectable.ContainsKey($"{resource.Group}/{resource.Plural}") || resource.Custom is not null)
            return $"field label not supported: {path}";
        var known = resource.Namespaced ? "\"metadata.name\", \"metadata.namespace\"" : "\"metadata.name\"";
        return $"\"{path}\" is not a known field selector: only {known}";
    }

    private static bool IsSelectable(ResourceInfo resource, string path) =>
        path is "metadata.name" || path is "metadata.namespace" && resource.Namespaced
        || Selectable.GetValueOrDefault($"{resource.Group}/{resource.Plural}", []).Contains(path)
        || resource.Custom is { } custom && custom.Version.Array("selectableFields").Objects().Any(field => field.String("jsonPath") == "." + path);

    private string Value(JsonObject item, string path)
    {
        if (path == "source")
            return item["source"].String("component") is { Length: > 0 } component ? component : item.String("reportingComponent") ?? "";
        JsonNode? node = item;
        foreach (var key in path.Split('.'))
            node = (node as JsonObject)?[key];
        return node switch
        {
            null => _resource.Group.Length == 0 && path is "spec.unschedulable" or "spec.hostNetwork" ? "false" : "",
            _ when Json.AsString(node) is { } text => text,
            _ => Json.ToText(node),
        };
    }

    private static (string Path, bool Equal, string Value) ParseTerm(string part)
    {
        foreach (var (token, equal) in new[] { ("!=", false), ("==", true), ("=", true) })
        {
            var at = part.IndexOf(token, StringComparison.Ordinal);
            if (at >= 0)
                return (part[..at], equal, Unescape(part[(at + token.Length)..]));
        }

        throw ApiError.BadRequest($"invalid selector: '{part}'; can't understand '{part}'");
    }

    /// <summary>Splits at commas that no backslash stands before.</summary>
    private static IEnumerable<string> Split(string text)
    {
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '\\')
                i++;
            else if (i == text.Length || text[i] == ',')
            {
                if (i > start)
                    yield return text[start..i];
                start = i + 1;
            }
        }
    }

    private static string Unescape(string text) => text.Replace("\\,", ",", StringComparison.Ordinal).Replace("\\=", "=", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
}
