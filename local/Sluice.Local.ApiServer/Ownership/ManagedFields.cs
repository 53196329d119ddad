using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Ownership;

/// <summary>One manager and what it owns.</summary>
internal sealed record FieldOwner(string Manager, bool Applies, string ApiVersion, string Subresource, string? Time, FieldSet Fields)
{
    public string Operation => Applies ? "Apply" : "Update";

    /// <summary>Updates by one manager are told apart by version; an applier is one whatever version it uses.</summary>
    public bool IsSameAs(FieldOwner other) =>
        Manager == other.Manager && Applies == other.Applies && Subresource == other.Subresource && (Applies || ApiVersion == other.ApiVersion);
}

/// <summary>Reads and writes metadata.managedFields.</summary>
internal static class ManagedFields
{
    public static List<FieldOwner> Read(JsonObject item)
    {
        var result = new List<FieldOwner>();
        foreach (var entry in item["metadata"].Array("managedFields").Objects())
        {
            if (entry.String("operation") is not ("Apply" or "Update") || entry.Object("fieldsV1") is not { } fields)
                continue;
            result.Add(new FieldOwner(
                entry.String("manager") ?? "", entry.String("operation") == "Apply", entry.String("apiVersion") ?? "", entry.String("subresource") ?? "",
                entry.String("time"), FieldSet.FromJson(fields)));
        }

        return result;
    }

    /// <summary>True for a list with one empty entry, by which a client asks to forget all managers.</summary>
    public static bool IsReset(JsonObject item) => item["metadata"].Array("managedFields") is [JsonObject { Count: 0 }];

    public static void Write(JsonObject item, IEnumerable<FieldOwner> owners)
    {
        var entries = new JsonArray();
        var ordered = owners.OrderBy(owner => owner.Operation, StringComparer.Ordinal).ThenBy(owner => owner.Time ?? "", StringComparer.Ordinal)
            .ThenBy(owner => owner.Manager, StringComparer.Ordinal).ThenBy(owner => owner.ApiVersion, StringComparer.Ordinal).ThenBy(owner => owner.Subresource, StringComparer.Ordinal);
        foreach (var owner in ordered)
            entries.Add((JsonNode)Entry(owner));
        if (entries.Count > 0)
            item.Ensure("metadata")["managedFields"] = entries;
        else
            item.Object("metadata")?.Remove("managedFields");
    }

    private static JsonObject Entry(FieldOwner owner)
    {
        var result = new JsonObject
        {
            ["manager"] = owner.Manager,
            ["operation"] = owner.Operation,
            ["apiVersion"] = owner.ApiVersion,
        };
        if (owner.Time is not null)
            result["time"] = owner.Time;
        result["fieldsType"] = "FieldsV1";
        result["fieldsV1"] = owner.Fields.ToJson();
        if (owner.Subresource.Length > 0)
            result["subresource"] = owner.Subresource;
        return result;
    }
}
