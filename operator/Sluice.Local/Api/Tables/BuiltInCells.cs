using System.Text.Json.Nodes;

namespace Sluice.Local.Api.Tables;

/// <summary>What stands in the rows of the built-in kinds, cell by cell as the real server prints it.</summary>
internal static class BuiltInCells
{
    public static IReadOnlyDictionary<(string Group, string Plural), Func<JsonObject, DateTimeOffset, JsonArray>> All { get; } =
        new Dictionary<(string, string), Func<JsonObject, DateTimeOffset, JsonArray>>();
}
