using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Tables;

/// <summary>What stands in the rows of the built-in kinds, cell by cell as the real server prints it.</summary>
internal static class BuiltInCells
{
    private const string None = "<none>";
    private const string Unset = "<unset>";

    public static IReadOnlyDictionary<(string Group, string Plural), Func<JsonObject, DateTimeOffset, JsonArray>> All { get; } =
        new Dictionary<(string, string), Func<JsonObject, DateTimeOffset, JsonArray>>
        {
            [("", "configmaps")] = (item, now) => [Name(item), Count(item["data"]) + Count(item["binaryData"]), TableCells.Age(item, now)],
            [("", "secrets")] = (item, now) => [Name(item), Text(item["type"]), Count(item["data"]), TableCells.Age(item, now)],
            [("", "namespaces")] = (item, now) => [Name(item), Text(item.At("status", "phase")), TableCells.Age(item, now)],
            [("", "serviceaccounts")] = (item, now) => [Name(item), TableCells.Age(item, now)],
            [("", "endpoints")] = (item, now) => [Name(item), EndpointCells.OfSubsets(item), TableCells.Age(item, now)],
            [("", "events")] = EventCells.Row,
            [("events.k8s.io", "events")] = EventCells.Row,
            [("", "nodes")] = NodeCells.Row,
            [("", "pods")] = PodCells.Row,
            [("", "services")] = ServiceCells.Row,
            [("", "persistentvolumeclaims")] = VolumeCells.Claim,
            [("", "persistentvolumes")] = VolumeCells.Volume,
            [("apps", "controllerrevisions")] = Revision,
            [("apps", "statefulsets")] = StatefulSet,
            [("networking.k8s.io", "networkpolicies")] = (item, now) => [Name(item), Selector(item.At("spec", "podSelector")), TableCells.Age(item, now)],
            [("policy", "poddisruptionbudgets")] = Budget,
            [("rbac.authorization.k8s.io", "clusterrolebindings")] = Binding,
            [("rbac.authorization.k8s.io", "rolebindings")] = Binding,
            [("rbac.authorization.k8s.io", "clusterroles")] = NameAndTime,
            [("rbac.authorization.k8s.io", "roles")] = NameAndTime,
            [("storage.k8s.io", "storageclasses")] = StorageClass,
            [("apiextensions.k8s.io", "customresourcedefinitions")] = NameAndTime,
            [("coordination.k8s.io", "leases")] = (item, now) => [Name(item), Text(item.At("spec", "holderIdentity")), TableCells.Age(item, now)],
            [("discovery.k8s.io", "endpointslices")] = EndpointCells.Slice,
        };

    public static JsonNode? Name(JsonObject item) => item.At("metadata", "name").CopyOrNull();

    public static string Text(JsonNode? node, string missing = "") => node switch
    {
        null => missing,
        _ when Json.AsString(node) is { } text => text,
        _ => Json.ToText(node),
    };

    public static long Count(JsonNode? node) => node switch
    {
        JsonObject members => members.Count,
        JsonArray items => items.Count,
        _ => 0,
    };

    /// <summary>A list as words, cut after some.</summary>
    public static string Words(IEnumerable<string> items, int most = int.MaxValue)
    {
        var list = items.ToList();
        if (list.Count == 0)
            return None;
        return list.Count > most ? $"{string.Join(',', list.Take(most))} + {list.Count - most} more..." : string.Join(',', list);
    }

    public static string Labels(JsonNode? labels) =>
        Words((labels as JsonObject ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={Text(pair.Value)}"));

    /// <summary>A LabelSelector object in the form of <c>-l</c>.</summary>
    public static string Selector(JsonNode? selector)
    {
        var terms = (selector.Object("matchLabels") ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={Text(pair.Value)}").ToList();
        foreach (var expression in selector.Array("matchExpressions").Objects())
        {
            var (key, values) = (expression.String("key"), string.Join(',', expression.Array("values").Strings()));
            terms.Add(expression.String("operator") switch
            {
                "In" => $"{key} in ({values})",
                "NotIn" => $"{key} notin ({values})",
                "Exists" => key ?? "",
                _ => "!" + key,
            });
        }

        return Words(terms);
    }

    public static string Containers(JsonNode? podSpec, string field) => string.Join(',', podSpec.Array("containers").Objects().Select(container => container.String(field) ?? ""));

    private static JsonArray NameAndTime(JsonObject item, DateTimeOffset now) => [Name(item), item.At("metadata", "creationTimestamp").CopyOrNull()];

    private static JsonArray StatefulSet(JsonObject item, DateTimeOffset now)
    {
        var pod = item.At("spec", "template", "spec");
        var ready = $"{item["status"].Long("readyReplicas") ?? 0}/{item["spec"].Long("replicas") ?? 0}";
        return [Name(item), ready, TableCells.Age(item, now), Containers(pod, "name"), Containers(pod, "image")];
    }

    private static JsonArray Revision(JsonObject item, DateTimeOffset now)
    {
        var owner = item["metadata"].Array("ownerReferences").Objects().FirstOrDefault(one => one.Bool("controller") == true);
        var name = None;
        if (owner is not null)
        {
            var group = (owner.String("apiVersion") ?? "").Split('/') is [var head, _] ? "." + head : "";
            name = $"{owner.String("kind")?.ToLowerInvariant()}{group}/{owner.String("name")}";
        }

        return [Name(item), name, item.Long("revision") ?? 0, TableCells.Age(item, now)];
    }

    private static JsonArray Budget(JsonObject item, DateTimeOffset now) =>
        [Name(item), Text(item.At("spec", "minAvailable"), "N/A"), Text(item.At("spec", "maxUnavailable"), "N/A"), item["status"].Long("disruptionsAllowed") ?? 0, TableCells.Age(item, now)];

    private static JsonArray Binding(JsonObject item, DateTimeOffset now)
    {
        var role = $"{item["roleRef"].String("kind")}/{item["roleRef"].String("name")}";
        string Subjects(string kind, Func<JsonObject, string> show) =>
            string.Join(", ", item.Array("subjects").Objects().Where(subject => subject.String("kind") == kind).Select(show));
        return
        [
            Name(item), role, TableCells.Age(item, now), Subjects("User", one => one.String("name") ?? ""), Subjects("Group", one => one.String("name") ?? ""),
            Subjects("ServiceAccount", one => $"{one.String("namespace")}/{one.String("name")}"),
        ];
    }

    private static JsonArray StorageClass(JsonObject item, DateTimeOffset now)
    {
        var name = Text(Name(item));
        if (Json.AsString(item.At("metadata", "annotations", "storageclass.kubernetes.io/is-default-class")) == "true")
            name += " (default)";
        return [name, Text(item["provisioner"]), Text(item["reclaimPolicy"], Unset), Text(item["volumeBindingMode"], Unset), Text(item["allowVolumeExpansion"], "false"), TableCells.Age(item, now)];
    }
}
