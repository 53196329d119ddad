using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sluice.Local.Api.Errors;
using Sluice.Local.Api.Operations;
using Sluice.Local.Api.Patching;
using Sluice.Local.Api.Resources;

namespace Sluice.Local.Api.Http;

/// <summary>Answers PATCH in its four kinds.</summary>
internal sealed class PatchHandler(ObjectWriter writer, ReadHandlers answers)
{
    private const string JsonPatchType = "application/json-patch+json";
    private const string MergePatchType = "application/merge-patch+json";

    public async Task PatchAsync(HttpContext http, RequestTarget target, AnswerFormat format)
    {
        var options = Requests.WriteOptions(http);
        var type = Requests.MediaType(http);
        var resource = target.Resource;
        var body = await Requests.ReadBodyAsync(http);
        var change = Change(resource, type, body, options);
        var stored = await writer.UpdateAsync(resource, target.Namespace, target.Name!, target.Subresource, change, options);
        Answers.AddWarnings(http, options.Warnings);
        await answers.ObjectAsync(http, 200, target, stored, format);
    }

    /// <summary>What the patch does to an object.</summary>
    public static Func<JsonObject, JsonObject> Change(ResourceInfo resource, string type, byte[] body, WriteOptions options)
    {
        if (type is not (JsonPatchType or MergePatchType))
            throw ApiError.UnsupportedMediaType(type, $"{JsonPatchType}, {MergePatchType}");
        var patch = Requests.Parse(body, "application/json");
        return current =>
        {
            var changed = Apply(type, current, patch.Root);
            ObjectDecoder.Decode(resource, changed, patch.Duplicates, options);
            return changed;
        };
    }

    private static JsonObject Apply(string type, JsonObject current, JsonNode? patch)
    {
        switch (type)
        {
            case JsonPatchType:
                var operations = patch as JsonArray ?? throw ApiError.BadRequest("a JSON patch is a list of operations");
                return JsonPatch.Apply(current, operations) as JsonObject ?? throw ApiError.BadRequest("the patched document is no object");
            default:
                MergePatch.Apply(current, patch as JsonObject ?? throw ApiError.BadRequest("a merge patch is an object"));
                return current;
        }
    }
}
