using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Http;

/// <summary>Answers GET of objects and lists.</summary>
internal sealed class ReadHandlers(ApiCore core, ObjectReader reader)
{
    public Task GetAsync(HttpContext http, RequestTarget target, AnswerFormat format) =>
        ObjectAsync(http, 200, target, reader.Get(target.Resource, target.Namespace, target.Name!), format);

    public Task ListAsync(HttpContext http, RequestTarget target, AnswerFormat format)
    {
        var resource = target.Resource;
        var page = reader.List(resource, target.Namespace, Requests.ListOptions(http, resource));
        return format.Projection switch
        {
            Projection.Table => Answers.DocumentAsync(
                http, 200, format, ListAnswer.Table(resource, page.Items, ListAnswer.Metadata(page), Include(http), core.Now)),
            Projection.Metadata => Answers.DocumentAsync(http, 200, format, ListAnswer.MetadataList(resource, page)),
            _ when format.Yaml => Answers.DocumentAsync(http, 200, format, ListAnswer.List(resource, page)),
            _ => Answers.BytesAsync(http, 200, format.ContentType, ListAnswer.Utf8(resource, page)),
        };
    }

    /// <summary>Answers with one object, as the client asked to see it.</summary>
    public Task ObjectAsync(HttpContext http, int code, RequestTarget target, StoredObject item, AnswerFormat format)
    {
        var resource = target.Resource;
        switch (format.Projection)
        {
            case Projection.Table:
                var metadata = new System.Text.Json.Nodes.JsonObject { ["resourceVersion"] = item.Body["metadata"].String("resourceVersion") };
                return Answers.DocumentAsync(http, code, format, ListAnswer.Table(resource, [item], metadata, Include(http), core.Now));
            case Projection.Metadata:
                return Answers.DocumentAsync(http, code, format, ListAnswer.PartialMetadata(item.Body));
            default:
                return format.Yaml
                    ? Answers.DocumentAsync(http, code, format, ObjectReader.View(resource, item))
                    : Answers.BytesAsync(http, code, format.ContentType, ListAnswer.Utf8(resource, item));
        }
    }

    public static string Include(HttpContext http) => http.Request.Query["includeObject"].ToString() is { Length: > 0 } include ? include : "Metadata";
}
