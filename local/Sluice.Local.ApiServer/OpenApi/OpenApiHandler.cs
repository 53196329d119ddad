using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Http;
using Sluice.Local.ApiServer.Resources;

namespace Sluice.Local.ApiServer.OpenApi;

/// <summary>
/// Serves schemas as OpenAPI v3: an index, and a document for each version of each group, which is made when it is first asked
/// for. kubectl explain, apply and edit read them.
/// </summary>
internal sealed class OpenApiHandler
{
    private static readonly string BuiltInStamp = typeof(OpenApiHandler).Module.ModuleVersionId.ToString("N");

    private readonly ConcurrentDictionary<string, (string Hash, byte[] Document)> _documents = new(StringComparer.Ordinal);

    public Task HandleAsync(HttpContext http, ResourceRegistry registry, string[] part)
    {
        if (part is ["openapi", "v3"])
            return Answers.JsonAsync(http, 200, Index(registry));
        if (part is ["openapi", "v2"])
            return OpenApiTwo.AnswerAsync(http);
        var (group, version) = part switch
        {
            ["openapi", "v3", "api", var core] => ("", core),
            ["openapi", "v3", "apis", var name, var number] => (name, number),
            _ => throw ApiError.NoSuchPath(),
        };
        var resources = Of(registry, group, version);
        if (resources.Count == 0)
            throw ApiError.NoSuchPath();
        var hash = Hash(resources);
        var cached = _documents.GetValueOrDefault(PathOf(group, version));
        if (cached.Hash != hash)
        {
            cached = (hash, Json.ToUtf8(new OpenApiDocument(group, version, resources).Build()));
            _documents[PathOf(group, version)] = cached;
        }

        http.Response.Headers.ETag = $"\"{hash}\"";
        return Answers.BytesAsync(http, 200, "application/json", cached.Document);
    }

    private static JsonObject Index(ResourceRegistry registry)
    {
        var paths = new JsonObject();
        foreach (var group in registry.Groups)
        {
            foreach (var version in registry.VersionsOf(group))
            {
                var path = PathOf(group, version);
                paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}?hash={Hash(Of(registry, group, version))}" };
            }
        }

        return new JsonObject { ["paths"] = paths };
    }

    private static List<ResourceInfo> Of(ResourceRegistry registry, string group, string version) =>
        [.. registry.All.Where(info => info.Group == group && info.Version == version)];

    private static string PathOf(string group, string version) => group.Length == 0 ? $"api/{version}" : $"apis/{group}/{version}";

    /// <summary>Changes with whatever the document is made from: this build, and the definitions of custom kinds.</summary>
    private static string Hash(IReadOnlyList<ResourceInfo> resources)
    {
        var text = new StringBuilder(BuiltInStamp);
        foreach (var info in resources)
        {
            var meta = info.Custom?.Definition["metadata"];
            text.Append(CultureInfo.InvariantCulture, $"|{info.Plural}|{meta.String("uid")}|{meta.Long("generation")}");
        }

        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
