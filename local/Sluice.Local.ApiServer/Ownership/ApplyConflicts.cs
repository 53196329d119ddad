using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Ownership;

/// <summary>Refuses an apply that would change what others own, and says what and whose it is.</summary>
internal static class ApplyConflicts
{
    public static void Check(IEnumerable<FieldOwner> others, FieldSet touched)
    {
        var conflicts = new List<(string Manager, string Field)>();
        foreach (var owner in others.OrderBy(Describe, StringComparer.Ordinal))
        {
            foreach (var path in owner.Fields.Intersection(touched).Paths())
                conflicts.Add((Describe(owner), path));
        }

        if (conflicts.Count > 0)
            throw ToError(conflicts);
    }

    private static ApiError ToError(List<(string Manager, string Field)> conflicts)
    {
        var causes = new JsonArray();
        foreach (var (manager, field) in conflicts)
            causes.Add((JsonNode)new JsonObject { ["reason"] = "FieldManagerConflict", ["message"] = $"conflict with {manager}", ["field"] = field });
        var count = conflicts.Count == 1 ? "1 conflict" : $"{conflicts.Count} conflicts";
        return new ApiError(409, "Conflict", $"Apply failed with {count}: {Text(conflicts)}", new JsonObject { ["causes"] = causes });
    }

    private static string Text(List<(string Manager, string Field)> conflicts)
    {
        if (conflicts.Count == 1)
            return $"conflict with {conflicts[0].Manager}: {conflicts[0].Field}";
        return string.Join('\n', conflicts.GroupBy(conflict => conflict.Manager)
            .Select(group => $"conflicts with {group.Key}:\n" + string.Join('\n', group.Select(conflict => $"- {conflict.Field}"))));
    }

    private static string Describe(FieldOwner owner)
    {
        var text = FieldError.Quote(owner.Manager);
        if (owner.Subresource.Length > 0)
            text += $" with subresource {FieldError.Quote(owner.Subresource)}";
        return owner.Applies ? text : $"{text} using {owner.ApiVersion}";
    }
}
