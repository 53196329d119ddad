using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Resources;

namespace Sluice.Local.ApiServer.OpenApi;

/// <summary>The paths of a resource: what clients look up there is which kind they serve and which parameters they take.</summary>
internal sealed class OpenApiPaths(ResourceInfo info, string schema)
{
    private static readonly (string Verb, string Method, string[] Parameters)[] ItemMethods =
    [
        ("get", "get", []),
        ("update", "put", ["dryRun", "fieldManager", "fieldValidation"]),
        ("patch", "patch", ["dryRun", "fieldManager", "fieldValidation", "force"]),
        ("delete", "delete", ["dryRun", "gracePeriodSeconds", "propagationPolicy"]),
    ];

    private static readonly (string Verb, string Method, string[] Parameters)[] ListMethods =
    [
        ("list", "get", ["allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch"]),
        ("create", "post", ["dryRun", "fieldManager", "fieldValidation"]),
        ("deletecollection", "delete", ["dryRun", "fieldSelector", "labelSelector", "gracePeriodSeconds", "propagationPolicy"]),
    ];

    public void AddTo(JsonObject paths)
    {
        var root = info.Group.Length == 0 ? $"/api/{info.Version}" : $"/apis/{info.Group}/{info.Version}";
        var list = info.Namespaced ? $"{root}/namespaces/{{namespace}}/{info.Plural}" : $"{root}/{info.Plural}";
        paths[list] = Methods(ListMethods, info.Verbs, info.Group, info.Version, info.Kind, isList: true);
        if (info.Namespaced && info.Verbs.Contains("list"))
            paths[$"{root}/{info.Plural}"] = Methods(ListMethods[..1], info.Verbs, info.Group, info.Version, info.Kind, isList: true);
        paths[list + "/{name}"] = Methods(ItemMethods, info.Verbs, info.Group, info.Version, info.Kind, isList: false);
        foreach (var part in info.Subresources)
        {
            var (group, version) = part.Group.Length > 0 ? (part.Group, part.Version) : (info.Group, info.Version);
            paths[$"{list}/{{name}}/{part.Name}"] = Methods(ItemMethods, part.Verbs, group, version, part.Kind, isList: false);
        }
    }

    private JsonObject Methods(
        (string Verb, string Method, string[] Parameters)[] methods, IReadOnlyList<string> verbs, string group, string version, string kind, bool isList)
    {
        var result = new JsonObject();
        foreach (var (verb, method, parameters) in methods.Where(entry => verbs.Contains(entry.Verb)))
        {
            result[method] = new JsonObject
            {
                ["operationId"] = $"{verb}{info.Group}{info.Version}{(isList ? "" : "Named")}{kind}",
                ["parameters"] = new JsonArray([.. parameters.Select(Parameter)]),
                ["responses"] = Responses(),
                ["x-kubernetes-action"] = verb switch { "create" => "post", "update" => "put", _ => verb },
                ["x-kubernetes-group-version-kind"] = new JsonObject { ["group"] = group, ["version"] = version, ["kind"] = kind },
            };
        }

        return result;
    }

    private JsonObject Responses()
    {
        var content = new JsonObject
        {
            ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/" + schema } },
        };
        return new JsonObject { ["200"] = new JsonObject { ["description"] = "OK", ["content"] = content } };
    }

    private static JsonNode Parameter(string name)
    {
        var type = name switch
        {
            "limit" or "timeoutSeconds" or "gracePeriodSeconds" => "integer",
            "force" or "watch" or "allowWatchBookmarks" or "sendInitialEvents" => "boolean",
            _ => "string",
        };
        return new JsonObject { ["name"] = name, ["in"] = "query", ["schema"] = new JsonObject { ["type"] = type, ["uniqueItems"] = true } };
    }
}
