using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Http;

/// <summary>Writes answers.</summary>
internal static class Answers
{
    public static Task JsonAsync(HttpContext http, int code, JsonNode document) => BytesAsync(http, code, "application/json", Json.ToUtf8(document));

    public static Task DocumentAsync(HttpContext http, int code, AnswerFormat format, JsonNode document) =>
        format.Yaml
            ? BytesAsync(http, code, format.ContentType, System.Text.Encoding.UTF8.GetBytes(YamlDocument.Write(document)))
            : JsonAsync(http, code, document);

    public static async Task BytesAsync(HttpContext http, int code, string contentType, ReadOnlyMemory<byte> body)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    public static Task TextAsync(HttpContext http, int code, string text) => BytesAsync(http, code, "text/plain; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(text));

    public static Task ErrorAsync(HttpContext http, ApiError error)
    {
        if (error.Details?.Long("retryAfterSeconds") is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return error.Reason == ApiError.NoPath ? TextAsync(http, error.Code, error.Message + "\n") : JsonAsync(http, error.Code, error.ToStatus());
    }

    public static void AddWarnings(HttpContext http, IReadOnlyList<string> warnings)
    {
        foreach (var warning in warnings.Distinct())
        {
            var text = warning.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings(" ");
            http.Response.Headers.Append("Warning", $"299 - \"{text}\"");
        }
    }
}
