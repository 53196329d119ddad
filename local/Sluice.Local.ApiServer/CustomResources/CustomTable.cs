using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Tables;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>The table of a custom kind: its name, and the printer columns of the definition or else its age.</summary>
internal static class CustomTable
{
    public static TableLayout Of(JsonObject version)
    {
        var columns = version.Array("additionalPrinterColumns").Objects().ToList();
        if (columns.Count == 0)
            columns.Add(new JsonObject { ["name"] = "Age", ["type"] = "date", ["jsonPath"] = ".metadata.creationTimestamp" });
        var layout = new List<TableColumn> { TableColumns.Name };
        var readers = new List<(JsonPathReader Path, string Type)>();
        foreach (var column in columns)
        {
            var type = column.String("type") ?? "string";
            layout.Add(new TableColumn(
                column.String("name") ?? "", type, column.String("format") ?? "",
                column.String("description") ?? $"Custom resource definition column (in JSONPath format): {column.String("jsonPath")}", (int)(column.Long("priority") ?? 0)));
            readers.Add((JsonPathReader.Parse(column.String("jsonPath") ?? ""), type));
        }

        return new TableLayout(layout, (item, now) => Row(item, readers, now));
    }

    private static JsonArray Row(JsonObject item, List<(JsonPathReader Path, string Type)> readers, DateTimeOffset now)
    {
        var cells = new JsonArray(item.At("metadata", "name").CopyOrNull());
        foreach (var (path, type) in readers)
            cells.Add(Cell(path.Find(item).ToList(), type, now));
        return cells;
    }

    private static JsonNode? Cell(List<JsonNode?> found, string type, DateTimeOffset now)
    {
        if (found is [] || found[0] is not { } value)
            return null;
        if (found.Count > 1 && type == "string")
            return string.Join(",", found.Select(one => BuiltInCells.Text(one)));
        return type switch
        {
            "date" => TableCells.Since(value, now),
            "integer" => Json.AsLong(value) is { } whole ? JsonValue.Create(whole) : null,
            "number" => Json.AsDouble(value) is { } real ? JsonValue.Create(real) : null,
            "boolean" => Json.AsBool(value) is { } truth ? JsonValue.Create(truth) : null,
            _ => BuiltInCells.Text(value),
        };
    }
}
