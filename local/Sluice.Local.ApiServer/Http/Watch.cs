using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Http;

/// <summary>One client's watch: which changes it gets to see, and in what form.</summary>
internal sealed class Watch(
    ApiCore core, ResourceInfo resource, string? ns, string? name, ListOptions options, AnswerFormat format, string include, HttpContext http)
{
    private readonly string _prefix = !resource.Namespaced || ns is null ? name ?? "" : name is null ? ns + "/" : $"{ns}/{name}";
    private readonly string? _only = name is null ? null : resource.KeyOf(ns, name);
    private bool _columnsSent;

    public ApiCore Core => core;

    public async Task<long> SendInitialAsync(WatchStart start, CancellationToken ended)
    {
        if (start.Initial is not null)
        {
            foreach (var item in start.Initial.Range(_prefix))
            {
                if (Sees(item))
                    await SendAsync("ADDED", item, ended);
            }
        }

        if (start.Ends)
            await SendBookmarkAsync(start.Revision, initialEnd: true, ended);
        await FlushAsync(ended);
        return start.Revision;
    }

    /// <summary>
    /// Tells a change in terms of what this client sees: an object that begins to match its selectors is added for it, one that
    /// ends to match is deleted.
    /// </summary>
    public Task SendChangeAsync(StoreEvent change, CancellationToken ended)
    {
        if (!change.Object.Key.StartsWith(_prefix, StringComparison.Ordinal))
            return Task.CompletedTask;
        var before = change.Previous is not null && Sees(change.Previous);
        var after = change.Type == ChangeType.Put && Sees(change.Object);
        return (before, after) switch
        {
            (false, true) => SendAsync("ADDED", change.Object, ended),
            (true, true) => SendAsync("MODIFIED", change.Object, ended),
            (true, false) => SendAsync("DELETED", change.Type == ChangeType.Delete ? change.Object : Departed(change), ended),
            _ => Task.CompletedTask,
        };
    }

    public Task SendBookmarkAsync(long revision, bool initialEnd, CancellationToken ended)
    {
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
        if (initialEnd)
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        JsonObject item;
        if (format.Projection == Projection.Table)
        {
            // The mark of the end travels on the row's object; a table's own metadata has no annotations.
            item = new JsonObject
            {
                ["kind"] = "Table",
                ["apiVersion"] = "meta.k8s.io/v1",
                ["metadata"] = new JsonObject { ["resourceVersion"] = metadata.String("resourceVersion") },
                ["columnDefinitions"] = new JsonArray(),
                ["rows"] = new JsonArray(),
            };
            if (initialEnd)
                item["rows"] = new JsonArray(new JsonObject { ["cells"] = new JsonArray(), ["object"] = Bookmarked(metadata) });
        }
        else
        {
            item = Bookmarked(metadata);
        }

        return LineAsync("BOOKMARK", Json.ToUtf8(item), ended);
    }

    public async Task SendErrorAsync(ApiError error, CancellationToken ended)
    {
        await LineAsync("ERROR", Json.ToUtf8(error.ToStatus()), ended);
        await FlushAsync(ended);
    }

    public Task FlushAsync(CancellationToken ended) => http.Response.BodyWriter.FlushAsync(ended).AsTask();

    private JsonObject Bookmarked(JsonObject metadata) =>
        format.Projection == Projection.Metadata
            ? new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = metadata }
            : new JsonObject { ["kind"] = resource.Kind, ["apiVersion"] = resource.ApiVersion, ["metadata"] = metadata };

    private bool Sees(StoredObject item) => (_only is null || item.Key == _only) && ObjectReader.Matches(resource, item, options);

    /// <summary>The last state that the client could see, at the revision of the change that took it out of sight.</summary>
    private static StoredObject Departed(StoreEvent change)
    {
        var body = change.Previous!.Body.Copy();
        body.Ensure("metadata")["resourceVersion"] = change.Revision.ToString(CultureInfo.InvariantCulture);
        return new StoredObject(change.Previous.Key, change.Revision, body, Json.ToUtf8(body));
    }

    private Task SendAsync(string type, StoredObject item, CancellationToken ended) => LineAsync(type, Shown(item), ended);

    private ReadOnlyMemory<byte> Shown(StoredObject item)
    {
        switch (format.Projection)
        {
            case Projection.Table:
                var metadata = new JsonObject { ["resourceVersion"] = item.Body["metadata"].String("resourceVersion") };
                var table = ListAnswer.Table(resource, [item], metadata, include, core.Now, !_columnsSent);
                _columnsSent = true;
                return Json.ToUtf8(table);
            case Projection.Metadata:
                return Json.ToUtf8(ListAnswer.PartialMetadata(item.Body));
            default:
                return ListAnswer.Utf8(resource, item);
        }
    }

    private async Task LineAsync(string type, ReadOnlyMemory<byte> item, CancellationToken ended)
    {
        var body = http.Response.BodyWriter;
        WriteLine(body, type, item.Span);
        // Back-pressure: wait for a slow client before making more.
        if (body.UnflushedBytes > 64 << 10)
            await body.FlushAsync(ended);
    }

    private static void WriteLine(System.IO.Pipelines.PipeWriter body, string type, ReadOnlySpan<byte> item)
    {
        Span<byte> head = stackalloc byte[64];
        var length = System.Text.Encoding.ASCII.GetBytes($"{{\"type\":\"{type}\",\"object\":", head);
        System.Buffers.BuffersExtensions.Write(body, head[..length]);
        System.Buffers.BuffersExtensions.Write(body, item);
        System.Buffers.BuffersExtensions.Write(body, "}\n"u8);
    }
}
