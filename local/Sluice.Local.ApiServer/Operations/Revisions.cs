using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Operations;

/// <summary>Resource versions as clients write them.</summary>
internal static class Revisions
{
    public static long Parse(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw ApiError.BadRequest($"invalid resource version: resourceVersion: Invalid value: {FieldError.Quote(text)}: strconv.ParseUint: parsing {FieldError.Quote(text)}: invalid syntax");
}

/// <summary>Where a list goes on: after a key, in the state of a revision.</summary>
internal sealed record ContinueToken(long Revision, string Key)
{
    public string Encode() =>
        Convert.ToBase64String(Json.ToUtf8(new JsonObject { ["v"] = "meta.k8s.io/v1", ["rv"] = Revision, ["start"] = Key })).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public static ContinueToken Decode(string text)
    {
        try
        {
            var padded = text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '=');
            var token = DocumentReader.ReadObject(Encoding.UTF8.GetString(Convert.FromBase64String(padded)));
            if (token.Long("rv") is > 0 and var revision && token.String("start") is { } key)
                return new ContinueToken(revision, key);
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            throw ApiError.BadRequest($"invalid continue token: continue key is not valid: {error.Message}");
        }

        throw ApiError.BadRequest("invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
    }
}
