using System.Buffers;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Http;

/// <summary>Shows objects in the form that a client asked for.</summary>
internal static class ListAnswer
{
    /// <summary>The JSON text of one object, without parsing or writing it anew where it is sent as it is stored.</summary>
    public static ReadOnlyMemory<byte> Utf8(ResourceInfo resource, StoredObject item) =>
        resource.Converter is null ? item.Utf8 : Json.ToUtf8(ObjectReader.View(resource, item));

    /// <summary>A whole list as JSON text.</summary>
    public static ReadOnlyMemory<byte> Utf8(ResourceInfo resource, ListPage page)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        var head = Json.ToUtf8(new JsonObject { ["kind"] = resource.ListKind, ["apiVersion"] = resource.ApiVersion, ["metadata"] = Metadata(page) });
        buffer.Write(head.AsSpan(0, head.Length - 1));
        buffer.Write(",\"items\":["u8);
        var first = true;
        foreach (var item in page.Items)
        {
            if (!first)
                buffer.Write(","u8);
            first = false;
            buffer.Write(Utf8(resource, item).Span);
        }

        buffer.Write("]}"u8);
        return buffer.WrittenMemory;
    }

    public static JsonObject List(ResourceInfo resource, ListPage page)
    {
        var items = new JsonArray();
        foreach (var item in page.Items)
            items.Add((JsonNode)ObjectReader.View(resource, item).Copy());
        return new JsonObject { ["kind"] = resource.ListKind, ["apiVersion"] = resource.ApiVersion, ["metadata"] = Metadata(page), ["items"] = items };
    }

    public static JsonObject MetadataList(ResourceInfo resource, ListPage page)
    {
        var items = new JsonArray();
        foreach (var item in page.Items)
            items.Add((JsonNode)PartialMetadata(item.Body));
        return new JsonObject { ["kind"] = "PartialObjectMetadataList", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = Metadata(page), ["items"] = items };
    }

    public static JsonObject PartialMetadata(JsonObject item) =>
        new() { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = item["metadata"].CopyOrNull() };

    /// <summary>A table of objects.</summary>
    /// <param name="resource">Whose columns.</param>
    /// <param name="items">The rows.</param>
    /// <param name="metadata">The table's own metadata.</param>
    /// <param name="include">What each row holds of its object: "Metadata" by default, "Object" or "None".</param>
    /// <param name="now">Ages are told from here.</param>
    /// <param name="withColumns">The tables of a watch repeat no columns.</param>
    public static JsonObject Table(
        ResourceInfo resource, IEnumerable<StoredObject> items, JsonObject metadata, string include, DateTimeOffset now, bool withColumns = true)
    {
        var rows = new JsonArray();
        foreach (var item in items)
        {
            var row = new JsonObject { ["cells"] = resource.Table.Cells(resource.Custom is null ? item.Body : ObjectReader.View(resource, item), now) };
            if (include != "None")
                row["object"] = include == "Object" ? ObjectReader.View(resource, item).Copy() : PartialMetadata(item.Body);
            rows.Add((JsonNode)row);
        }

        var columns = withColumns ? new JsonArray([.. resource.Table.Columns.Select(column => (JsonNode)column.ToJson())]) : null;
        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["columnDefinitions"] = columns,
            ["rows"] = rows,
        };
    }

    public static JsonObject Metadata(ListPage page)
    {
        var metadata = new JsonObject { ["resourceVersion"] = page.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        if (page.Continue.Length > 0)
            metadata["continue"] = page.Continue;
        if (page.Remaining is { } remaining)
            metadata["remainingItemCount"] = remaining;
        return metadata;
    }
}
