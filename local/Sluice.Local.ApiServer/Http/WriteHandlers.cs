using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Http;

/// <summary>Answers POST, PUT and DELETE.</summary>
internal sealed class WriteHandlers(ApiCore core, ObjectReader reader, ObjectWriter writer, ObjectDeleter deleter, ReadHandlers answers)
{
    public async Task CreateAsync(HttpContext http, RequestTarget target, AnswerFormat format)
    {
        var options = Requests.WriteOptions(http);
        var (item, duplicates) = await Requests.ReadObjectAsync(http);
        ObjectDecoder.Decode(target.Resource, item, duplicates, options);
        var created = await writer.CreateAsync(target.Resource, target.Namespace, item, options);
        Answers.AddWarnings(http, options.Warnings);
        await answers.ObjectAsync(http, 201, target, created, format);
    }

    public async Task ReplaceAsync(HttpContext http, RequestTarget target, AnswerFormat format)
    {
        var options = Requests.WriteOptions(http);
        var (item, duplicates) = await Requests.ReadObjectAsync(http);
        ObjectDecoder.Decode(target.Resource, item, duplicates, options);
        if (ObjectMeta.Name(item) is { Length: 0 })
            item.Ensure("metadata")["name"] = target.Name;
        var resource = target.Resource;
        var creates = resource.Strategy.AllowsCreateOnUpdate && target.Subresource is null
            && core.Store.Head(resource.StoreKind, target.Key) is null && item["metadata"].String("resourceVersion") is not { Length: > 0 };
        var stored = creates
            ? await writer.CreateAsync(resource, target.Namespace, item, options)
            : await writer.UpdateAsync(resource, target.Namespace, target.Name!, target.Subresource, _ => item.Copy(), options);
        Answers.AddWarnings(http, options.Warnings);
        await answers.ObjectAsync(http, creates ? 201 : 200, target, stored, format);
    }

    public async Task DeleteAsync(HttpContext http, RequestTarget target, AnswerFormat format)
    {
        var options = await ReadDeleteOptionsAsync(http);
        var result = await deleter.DeleteAsync(target.Resource, target.Namespace, target.Name!, options);
        if (!result.Gone || target.Resource.Strategy.AnswersDeletedObject)
        {
            await answers.ObjectAsync(http, 200, target, result.Object, format);
            return;
        }

        await Answers.DocumentAsync(http, 200, format, DeletedStatus(target.Resource, result.Object));
    }

    public async Task DeleteCollectionAsync(HttpContext http, RequestTarget target, AnswerFormat format)
    {
        var options = await ReadDeleteOptionsAsync(http);
        var page = reader.List(target.Resource, target.Namespace, Requests.ListOptions(http, target.Resource));
        var deleted = new List<StoredObject>();
        foreach (var item in page.Items)
        {
            try
            {
                var result = await deleter.DeleteAsync(target.Resource, ObjectMeta.Namespace(item.Body), ObjectMeta.Name(item.Body), options);
                deleted.Add(result.Object);
            }
            catch (ApiError error) when (error.Code == 404)
            {
                // Somebody else was first, which is what was asked for.
            }
        }

        await Answers.DocumentAsync(http, 200, format, ListAnswer.List(target.Resource, page with { Items = deleted }));
    }

    private static JsonObject DeletedStatus(ResourceInfo resource, StoredObject item)
    {
        var details = new JsonObject { ["name"] = ObjectMeta.Name(item.Body) };
        if (resource.Group.Length > 0)
            details["group"] = resource.Group;
        details["kind"] = resource.Plural;
        details["uid"] = ObjectMeta.Uid(item.Body);
        return new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["details"] = details };
    }

    /// <summary>Options come in the body, or else as parameters.</summary>
    private static async Task<DeleteOptions> ReadDeleteOptionsAsync(HttpContext http)
    {
        var body = await Requests.ReadBodyAsync(http);
        var query = http.Request.Query;
        JsonObject given;
        if (body.Length > 0)
        {
            given = Requests.Parse(body, Requests.MediaType(http)).Root as JsonObject ?? throw ApiError.BadRequest("the body of a deletion is no DeleteOptions object");
        }
        else
        {
            given = [];
            if (long.TryParse(query["gracePeriodSeconds"].ToString(), CultureInfo.InvariantCulture, out var seconds))
                given["gracePeriodSeconds"] = seconds;
            if (query["propagationPolicy"].ToString() is { Length: > 0 } policy)
                given["propagationPolicy"] = policy;
            if (query["dryRun"].ToString() is { Length: > 0 } dry)
                given["dryRun"] = new JsonArray(JsonValue.Create(dry));
        }

        return Read(given);
    }

    private static DeleteOptions Read(JsonObject given)
    {
        var propagation = given.String("propagationPolicy") ?? "";
        if (propagation is not ("" or "Background" or "Foreground" or "Orphan"))
        {
            throw ApiError.Invalid("meta.k8s.io", "DeleteOptions", "", [FieldError.NotSupported(
                "propagationPolicy", JsonValue.Create(propagation), ["Background", "Foreground", "Orphan"])]);
        }

        if (given.Bool("orphanDependents") is { } orphan && propagation.Length == 0)
            propagation = orphan ? "Orphan" : "Background";
        return new DeleteOptions
        {
            GraceSeconds = given.Long("gracePeriodSeconds") is { } seconds ? Math.Max(seconds, 0) : null,
            Propagation = propagation,
            Uid = given["preconditions"].String("uid"),
            ResourceVersion = given["preconditions"].String("resourceVersion"),
            DryRun = given.Array("dryRun").Strings().Contains("All"),
        };
    }
}
