using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Tables;

namespace Sluice.Local.ApiServer.Http;

/// <summary>A Scale as a table of one row.</summary>
internal static class ScaleTable
{
    private static readonly TableColumn[] Columns =
    [
        TableColumns.Name, new("Desired", "integer", "", "How many replicas are wanted.", 0), new("Available", "integer", "", "How many replicas there are.", 0),
        new("Age", "string", "", "How long ago the object was created.", 0),
    ];

    public static JsonObject Of(JsonObject scale, DateTimeOffset now) => new()
    {
        ["kind"] = "Table",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = new JsonObject { ["resourceVersion"] = scale["metadata"].String("resourceVersion") },
        ["columnDefinitions"] = new JsonArray([.. Columns.Select(column => (JsonNode)column.ToJson())]),
        ["rows"] = new JsonArray(new JsonObject
        {
            ["cells"] = new JsonArray(scale["metadata"].String("name"), scale["spec"].Long("replicas") ?? 0, scale["status"].Long("replicas") ?? 0, TableCells.Age(scale, now)),
            ["object"] = ListAnswer.PartialMetadata(scale),
        }),
    };
}
