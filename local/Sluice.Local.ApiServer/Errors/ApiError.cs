using System.Text.Json.Nodes;

namespace Sluice.Local.ApiServer.Errors;

/// <summary>An answer that is a failure: the Status object that the client gets.</summary>
internal sealed class ApiError(int code, string reason, string message, JsonObject? details = null) : Exception(message)
{
    /// <summary>The reason of an answer that is plain text, not a Status.</summary>
    public const string NoPath = "NoPath";

    public int Code { get; } = code;

    public string Reason { get; } = reason;

    public JsonObject? Details { get; } = details;

    public JsonObject ToStatus()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (Reason.Length > 0)
            status["reason"] = Reason;
        if (Details is not null)
            status["details"] = Details.DeepClone();
        status["code"] = Code;
        return status;
    }

    public static ApiError NotFound(string group, string resource, string name) =>
        new(404, "NotFound", $"{Qualify(resource, group)} {FieldError.Quote(name)} not found", Named(name, group, resource));

    /// <summary>A path under which nothing is served, as opposed to an object that is missing; clients tell them apart by the form of the answer.</summary>
    public static ApiError NoSuchPath() => new(404, NoPath, "404 page not found");

    /// <summary>A part of an object that its kind has not.</summary>
    public static ApiError NoSuchResource() => new(404, "NotFound", "the server could not find the requested resource", new JsonObject());

    public static ApiError AlreadyExists(string group, string resource, string name) =>
        new(409, "AlreadyExists", $"{Qualify(resource, group)} {FieldError.Quote(name)} already exists", Named(name, group, resource));

    public static ApiError Conflict(string group, string resource, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {Qualify(resource, group)} {FieldError.Quote(name)}: {why}", Named(name, group, resource));

    public static ApiError Stale(string group, string resource, string name) =>
        Conflict(group, resource, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiError Forbidden(string group, string resource, string name, string why, JsonArray? causes = null)
    {
        var details = Named(name, group, resource);
        if (causes is not null)
            details["causes"] = causes;
        var subject = resource.Length == 0 ? "forbidden" : $"{Qualify(resource, group)} {FieldError.Quote(name)} is forbidden";
        return new ApiError(403, "Forbidden", $"{subject}: {why}", details);
    }

    public static ApiError Invalid(string group, string kind, string name, IReadOnlyList<FieldError> errors)
    {
        var causes = new JsonArray();
        foreach (var error in errors)
            causes.Add((JsonNode)new JsonObject { ["reason"] = error.Reason, ["message"] = error.Body, ["field"] = error.Field });
        var details = Named(name, group, kind);
        details["causes"] = causes;
        var messages = errors.Select(error => error.Message).Distinct().ToList();
        var text = messages.Count == 1 ? messages[0] : $"[{string.Join(", ", messages)}]";
        return new ApiError(422, "Invalid", $"{Qualify(kind, group)} {FieldError.Quote(name)} is invalid: {text}", details);
    }

    public static ApiError BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiError Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiError MethodNotAllowed(string group = "", string resource = "", string action = "")
    {
        if (resource.Length == 0)
            return new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", new JsonObject());
        return new ApiError(405, "MethodNotAllowed", $"{action} is not supported on resources of kind {FieldError.Quote(Qualify(resource, group))}", Named("", group, resource));
    }

    public static ApiError NotAcceptable(string offered) =>
        new(406, "NotAcceptable", "only the following media types are accepted: " + offered);

    public static ApiError UnsupportedMediaType(string supported) =>
        new(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: {supported}");

    public static ApiError TooLarge(long most) =>
        new(413, "RequestEntityTooLarge", $"Request entity too large: limit is {most}");

    public static ApiError Expired(string message) => new(410, "Expired", message);

    public static ApiError TooLargeResourceVersion(long asked, long current)
    {
        var causes = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" });
        return new ApiError(504, "Timeout", $"Timeout: Too large resource version: {asked}, current: {current}", new JsonObject { ["causes"] = causes, ["retryAfterSeconds"] = 1 });
    }

    public static ApiError Internal(string message)
    {
        var causes = new JsonArray(new JsonObject { ["message"] = message });
        return new ApiError(500, "InternalError", "Internal error occurred: " + message, new JsonObject { ["causes"] = causes });
    }

    /// <summary>What exists in a real cluster and not here, by name, with what to do instead.</summary>
    public static ApiError NotOffered(string what, string instead) =>
        new(501, "NotImplemented", $"the embedded control plane does not offer {what}; {instead}");

    /// <summary>A kind that exists in a real cluster and not here. It is not found, which is what clients can bear.</summary>
    public static ApiError KindNotOffered(string group, string plural) =>
        new(404, "NotFound", $"the embedded control plane does not offer {Qualify(plural, group)}; what runs there are pods and StatefulSets", Named("", group, plural));

    public static string Qualify(string resource, string group) => group.Length == 0 ? resource : $"{resource}.{group}";

    private static JsonObject Named(string name, string group, string kind)
    {
        var details = new JsonObject();
        if (name.Length > 0)
            details["name"] = name;
        if (group.Length > 0)
            details["group"] = group;
        if (kind.Length > 0)
            details["kind"] = kind;
        return details;
    }
}
