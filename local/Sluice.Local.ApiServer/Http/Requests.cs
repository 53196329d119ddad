using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Documents.Protobuf;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Selectors;

namespace Sluice.Local.ApiServer.Http;

/// <summary>Reads what requests carry: bodies within bounds, and the parameters of the API.</summary>
internal static class Requests
{
    /// <summary>The real server's bound of a request's body.</summary>
    public const int BodyBytesMax = 3 << 20;

    private const int FieldManagerLengthMax = 128;

    public static async Task<byte[]> ReadBodyAsync(HttpContext http)
    {
        if (http.Request.ContentLength > BodyBytesMax)
            throw ApiError.TooLarge(BodyBytesMax);
        using var buffer = new MemoryStream();
        var chunk = new byte[16 << 10];
        int count;
        while ((count = await http.Request.Body.ReadAsync(chunk, http.RequestAborted)) > 0)
        {
            if (buffer.Length + count > BodyBytesMax)
                throw ApiError.TooLarge(BodyBytesMax);
            buffer.Write(chunk, 0, count);
        }

        return buffer.ToArray();
    }

    /// <summary>The media type of the body, without parameters; JSON when none is given.</summary>
    public static string MediaType(HttpContext http)
    {
        var type = (http.Request.ContentType ?? "").Split(';')[0].Trim();
        return type.Length == 0 ? "application/json" : type;
    }

    /// <summary>Reads a JSON or YAML body.</summary>
    public static ParsedDocument Parse(byte[] body, string mediaType)
    {
        try
        {
            return mediaType switch
            {
                "application/json" => DocumentReader.Read(body),
                "application/yaml" => YamlDocument.Read(Encoding.UTF8.GetString(body)),
                ProtobufDocument.MediaType => new ParsedDocument(ProtobufDocument.Read(body), []),
                _ => throw ApiError.UnsupportedMediaType($"application/json, application/yaml, {ProtobufDocument.MediaType}"),
            };
        }
        catch (JsonException error)
        {
            throw ApiError.BadRequest("couldn't get version/kind; json parse error: " + error.Message);
        }
    }

    /// <summary>Reads a body that must be an object.</summary>
    public static async Task<(JsonObject Item, IReadOnlyList<string> Duplicates)> ReadObjectAsync(HttpContext http)
    {
        var parsed = Parse(await ReadBodyAsync(http), MediaType(http));
        return parsed.Root is JsonObject item
            ? (item, parsed.Duplicates)
            : throw ApiError.BadRequest("couldn't get version/kind; json parse error: json: cannot unmarshal the body into an object with apiVersion and kind");
    }

    public static WriteOptions WriteOptions(HttpContext http)
    {
        var query = http.Request.Query;
        var manager = query["fieldManager"].ToString();
        if (manager.Length > FieldManagerLengthMax)
        {
            throw ApiError.Invalid(
                "meta.k8s.io", "CreateOptions", "", [FieldError.TooLong("fieldManager", $"may not be more than {FieldManagerLengthMax} bytes")]);
        }

        return new WriteOptions
        {
            DryRun = DryRun(query["dryRun"].ToString()),
            FieldManager = manager.Length > 0 ? manager : ManagerOf(http.Request.Headers.UserAgent.ToString()),
            Validation = Validation(query["fieldValidation"].ToString()),
            Force = query["force"].ToString() is "true" or "1",
        };
    }

    public static ListOptions ListOptions(HttpContext http, ResourceInfo resource)
    {
        var query = http.Request.Query;
        return new ListOptions
        {
            Labels = LabelSelector.Parse(query["labelSelector"].ToString()),
            Fields = FieldSelector.Parse(resource, query["fieldSelector"].ToString()),
            Limit = Number(query["limit"].ToString()),
            Continue = query["continue"].ToString(),
            ResourceVersion = query["resourceVersion"].ToString(),
            ResourceVersionMatch = query["resourceVersionMatch"].ToString(),
        };
    }

    public static bool IsSet(HttpContext http, string parameter) => http.Request.Query[parameter].ToString() is "true" or "1";

    private static long Number(string text)
    {
        if (text.Length == 0)
            return 0;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw ApiError.BadRequest($"strconv.ParseInt: parsing {FieldError.Quote(text)}: invalid syntax");
    }

    private static bool DryRun(string text) => text switch
    {
        "" => false,
        "All" => true,
        _ => throw ApiError.Invalid("meta.k8s.io", "CreateOptions", "", [FieldError.NotSupported("dryRun", new JsonArray(JsonValue.Create(text)), ["All"])]),
    };

    private static FieldValidation Validation(string text) => text switch
    {
        "Ignore" => FieldValidation.Ignore,
        "Strict" => FieldValidation.Strict,
        "" or "Warn" => FieldValidation.Warn,
        _ => throw ApiError.Invalid(
            "meta.k8s.io", "CreateOptions", "", [FieldError.NotSupported("fieldValidation", JsonValue.Create(text), ["", "Ignore", "Strict", "Warn"])]),
    };

    private static string ManagerOf(string userAgent)
    {
        var head = userAgent.Split('/')[0];
        if (head.Length == 0)
            return "unknown";
        return head.Length > FieldManagerLengthMax ? head[..FieldManagerLengthMax] : head;
    }
}
