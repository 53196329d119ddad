using Microsoft.Extensions.Primitives;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Http;

/// <summary>What an answer shows of objects.</summary>
internal enum Projection
{
    Whole,
    Table,
    Metadata,
}

/// <summary>The form of an answer that the client accepts.</summary>
internal readonly record struct AnswerFormat(bool Yaml, Projection Projection)
{
    public static readonly AnswerFormat Json = new(false, Projection.Whole);

    public string ContentType => Yaml ? "application/yaml" : "application/json";
}

/// <summary>Reads Accept headers. The first type that is offered here wins, which is what kubectl expects of its ordered lists.</summary>
internal static class Negotiation
{
    public static AnswerFormat Parse(StringValues accept)
    {
        var any = false;
        foreach (var header in accept)
        {
            foreach (var range in (header ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                any = true;
                if (TryRange(range, out var format))
                    return format;
            }
        }

        return any ? throw ApiError.NotAcceptable("application/json, application/yaml") : AnswerFormat.Json;
    }

    /// <summary>True when the client accepts the discovery of everything in one document.</summary>
    public static bool AcceptsAggregatedDiscovery(StringValues accept) =>
        accept.Any(header => (header ?? "").Split(',').Any(range =>
            range.Contains("as=APIGroupDiscoveryList", StringComparison.Ordinal) && range.Contains("v=v2", StringComparison.Ordinal)
            && !range.Contains("v2beta1", StringComparison.Ordinal) && range.TrimStart().StartsWith("application/json", StringComparison.Ordinal)));

    private static bool TryRange(string range, out AnswerFormat format)
    {
        var parts = range.Split(';', StringSplitOptions.TrimEntries);
        format = new AnswerFormat(parts[0] == "application/yaml", Projection.Whole);
        if (parts[0] is not ("application/json" or "application/yaml" or "*/*" or "application/*"))
            return false;
        var projection = parts.FirstOrDefault(part => part.StartsWith("as=", StringComparison.Ordinal))?[3..];
        var shown = projection switch
        {
            null => Projection.Whole,
            "Table" => Projection.Table,
            "PartialObjectMetadata" or "PartialObjectMetadataList" => Projection.Metadata,
            _ => (Projection?)null,
        };
        if (shown is null || (projection is not null && !parts.Contains("v=v1")))
            return false;
        format = format with { Projection = shown.Value };
        return true;
    }
}
