using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Patching;

/// <summary>A document as Go prints it, for messages that clients know in that form.</summary>
internal static class GoText
{
    public static string Of(JsonNode? node) => node switch
    {
        null => "<nil>",
        JsonObject members => $"map[{string.Join(' ', members.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{Of(pair.Value)}"))}]",
        JsonArray items => $"[{string.Join(' ', items.Select(Of))}]",
        _ when node.GetValueKind() == JsonValueKind.String => Json.AsString(node)!,
        _ => Json.ToText(node),
    };
}
