using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>
/// Which of the names that a definition asks for it gets: those that no other definition of its group has. One that does not get
/// all of its names keeps those that it had before, and is not served when it had none.
/// </summary>
internal static class DefinitionNames
{
    /// <summary>Brings the status of a definition in line with its names and those of the others.</summary>
    /// <param name="item">The definition, which is changed.</param>
    /// <param name="all">All definitions; the one itself may be among them.</param>
    /// <param name="now">When conditions change.</param>
    public static void Settle(JsonObject item, IEnumerable<JsonObject> all, DateTimeOffset now)
    {
        var (spec, status) = (item.Object("spec")!, item.Ensure("status"));
        var asked = spec.Object("names")!;
        var (resources, kinds) = Taken(item, all);
        var had = status.Object("acceptedNames") ?? [];
        var accepted = new JsonObject { ["kind"] = had.String("kind") ?? "", ["plural"] = had.String("plural") ?? "" };
        (string Reason, string Name)? conflict = null;
        foreach (var (field, taken) in new[] { ("plural", resources), ("singular", resources), ("shortNames", resources), ("kind", kinds), ("listKind", kinds) })
        {
            var wanted = field == "shortNames" ? [.. asked.Array(field).Strings()] : new[] { asked.String(field) ?? "" };
            var mine = field == "shortNames" ? [.. had.Array(field).Strings()] : new[] { had.String(field) ?? "" };
            var refused = wanted.FirstOrDefault(name => name.Length > 0 && !mine.Contains(name) && taken.Contains(name));
            if (refused is not null)
                conflict = ($"{char.ToUpperInvariant(field[0])}{field[1..]}Conflict", refused);
            if ((refused is null ? asked : had)[field] is { } value)
                accepted[field] = value.DeepClone();
        }

        if (asked["categories"] is { } categories)
            accepted["categories"] = categories.DeepClone();
        status["acceptedNames"] = accepted;
        if (conflict is { } found)
        {
            SetCondition(status, "NamesAccepted", "False", found.Reason, $"{FieldError.Quote(found.Name)} is already in use", now);
            if (!CustomDefinition.IsEstablished(item))
                SetCondition(status, "Established", "False", "NotAccepted", "not all names are accepted", now);
            return;
        }

        SetCondition(status, "NamesAccepted", "True", "NoConflicts", "no conflicts found", now);
        SetCondition(status, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted", now);
    }

    private static (HashSet<string> Resources, HashSet<string> Kinds) Taken(JsonObject item, IEnumerable<JsonObject> all)
    {
        var (resources, kinds) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var other in all)
        {
            if (ObjectMeta.Name(other) == ObjectMeta.Name(item) || other["spec"].String("group") != item["spec"].String("group"))
                continue;
            var names = other["status"].Object("acceptedNames");
            resources.UnionWith([names.String("plural") ?? "", names.String("singular") ?? "", .. names.Array("shortNames").Strings()]);
            kinds.UnionWith([names.String("kind") ?? "", names.String("listKind") ?? ""]);
        }

        return (resources, kinds);
    }

    /// <summary>Writes a condition; one that says the same as before keeps its time.</summary>
    public static void SetCondition(JsonObject status, string type, string value, string reason, string message, DateTimeOffset now)
    {
        var conditions = status.Array("conditions") ?? [];
        if (conditions.Parent is null)
            status["conditions"] = conditions;
        var condition = conditions.Objects().FirstOrDefault(entry => entry.String("type") == type);
        if (condition is null)
            conditions.Add((JsonNode)(condition = new JsonObject()));
        else if (condition.String("status") == value && condition.String("reason") == reason && condition.String("message") == message)
            return;
        if (condition.String("status") != value)
            condition["lastTransitionTime"] = ApiCore.Timestamp(now);
        (condition["message"], condition["reason"], condition["status"], condition["type"]) = (message, reason, value, type);
    }
}
