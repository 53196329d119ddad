using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Patching;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Http;

/// <summary>Answers PATCH in its four kinds.</summary>
internal sealed class PatchHandler(ObjectWriter writer, ObjectApplier applier, ReadHandlers answers)
{
    private const string JsonPatchType = "application/json-patch+json";
    private const string MergePatchType = "application/merge-patch+json";
    private const string StrategicPatchType = "application/strategic-merge-patch+json";
    private const string ApplyPatchType = "application/apply-patch+yaml";

    public async Task PatchAsync(HttpContext http, RequestTarget target, AnswerFormat format)
    {
        var options = Requests.WriteOptions(http);
        var type = Requests.MediaType(http);
        var body = await Requests.ReadBodyAsync(http);
        if (type == ApplyPatchType)
        {
            if (http.Request.Query["fieldManager"].Count == 0)
                throw ApiError.Invalid("meta.k8s.io", "PatchOptions", "", [FieldError.Required("fieldManager", "is required for apply patch")]);
            var (applied, created) = await applier.ApplyAsync(target, Requests.Parse(body, "application/yaml"), options);
            Answers.AddWarnings(http, options.Warnings);
            await answers.ObjectAsync(http, created ? 201 : 200, target, applied, format);
            return;
        }

        if (options.Force)
            throw ApiError.Invalid("meta.k8s.io", "PatchOptions", "", [FieldError.Forbidden("force", "may not be specified for non-apply patch")]);
        var change = Change(target.Resource, type, body, options);
        var stored = await writer.UpdateAsync(target.Resource, target.Namespace, target.Name!, target.Subresource, change, options);
        Answers.AddWarnings(http, options.Warnings);
        await answers.ObjectAsync(http, 200, target, stored, format);
    }

    /// <summary>What the patch does to an object.</summary>
    public static Func<JsonObject, JsonObject> Change(ResourceInfo resource, string type, byte[] body, WriteOptions options)
    {
        CheckType(resource, type);
        var patch = Requests.Parse(body, "application/json");
        return current =>
        {
            var changed = Apply(resource.Schema, type, current, patch.Root);
            // The real server finds this while it applies the patch, not when it decodes an object; kubectl edit then opens the editor again.
            if (type == StrategicPatchType && TypeChecker.Check(resource.Schema, changed, resource.Kind) is { } problem)
                throw ApiError.Invalid("", "", "", [FieldError.Invalid("patch", GoText.Of(patch.Root), problem.Conversion)]);
            ObjectDecoder.Decode(resource, changed, patch.Duplicates, options);
            return changed;
        };
    }

    /// <summary>Applies one of the three kinds of patches that say what to change; the document may be changed in place.</summary>
    public static JsonObject Apply(Schema schema, string type, JsonObject current, JsonNode? patch)
    {
        if (type == JsonPatchType)
        {
            var operations = patch as JsonArray ?? throw NotDecoded(patch, "[]handlers.jsonPatchOp");
            return JsonPatch.Apply(current, operations) as JsonObject ?? throw ApiError.BadRequest("the patched document is no object");
        }

        var members = patch as JsonObject ?? throw NotDecoded(patch, "map[string]interface {}");
        if (type == MergePatchType)
            MergePatch.Apply(current, members);
        else
            StrategicMergePatch.Apply(schema, current, members);
        return current;
    }

    /// <summary>Says it in the words of the real server, whose clients know them.</summary>
    private static ApiError NotDecoded(JsonNode? patch, string wanted)
    {
        var kind = patch?.GetValueKind() switch
        {
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.Number => "number",
            JsonValueKind.True or JsonValueKind.False => "bool",
            _ => "null",
        };
        return ApiError.BadRequest($"error decoding patch: json: cannot unmarshal {kind} into Go value of type {wanted}");
    }

    public static void CheckType(ResourceInfo resource, string type)
    {
        string[] supported = resource.Custom is null
            ? [JsonPatchType, MergePatchType, StrategicPatchType, ApplyPatchType]
            : [JsonPatchType, MergePatchType, ApplyPatchType];
        if (!supported.Contains(type))
            throw ApiError.UnsupportedMediaType(string.Join(", ", supported));
    }
}
