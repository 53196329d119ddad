using System.Text;
using Sluice.Core.Requests;
using Sluice.Protocol.Tables;

namespace Sluice.Core.Tests.Documentation;

/// <summary>Writes docs/apis.md: what becomes of every API of Kafka's.</summary>
internal static class ApisDocument
{
    public static string Text()
    {
        List<ApiCatalogEntry> all = [.. ApiCatalog.All()];
        int served = all.Count(e => e.Handler is not null);
        int forClients = all.Count(e => e.Api.Listeners.HasFlag(ApiListeners.Broker));
        var text = new StringBuilder();
        text.Append("# Kafka's APIs\n\n");
        text.Append($"Generated from the code; `./test` fails when it is stale. Apache Kafka 4.3.1 serves {forClients} APIs to clients and {all.Count - forClients} more among controllers; ");
        text.Append($"Sluice answers {served}.\n\n");
        text.Append("- **works**: answered in every version that Kafka answers, as Kafka does (compared field by field: [kafka-differences.md](kafka-differences.md)).\n");
        text.Append("- **refused**: not advertised by ApiVersions; whoever sends it all the same is disconnected, as by a Kafka that does not know it.\n\n");
        text.Append("| key | API | Kafka 4.3.1 | Sluice | state | remark |\n|---|---|---|---|---|---|\n");
        foreach (ApiCatalogEntry entry in all)
        {
            string served1 = entry.Handler is { } handler ? Versions(handler.MinVersion, handler.MaxVersion) : "";
            text.Append($"| {(short)entry.Api.Key} | {entry.Api.Name} | {Versions(entry.Api.MinVersion, entry.Api.MaxStableVersion)} | {served1} | {(entry.Handler is null ? "refused" : "works")} | {entry.Remark} |\n");
        }
        return text.ToString();
    }

    private static string Versions(short min, short max) => min == max ? $"{min}" : $"{min}-{max}";
}
