using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Resources;

/// <summary>Events are stored as core/v1 and served under both groups, where some fields have other names.</summary>
internal sealed class EventConverter : IVersionConverter
{
    public static readonly EventConverter Instance = new();

    private static readonly (string Core, string Events)[] Names =
    [
        ("involvedObject", "regarding"),
        ("message", "note"),
        ("reportingComponent", "reportingController"),
        ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"),
    ];

    public JsonObject FromStored(JsonObject stored)
    {
        var served = Rename(stored, "events.k8s.io/v1", pair => (pair.Core, pair.Events));
        foreach (var field in new[] { "reportingController", "reportingInstance" })
        {
            if (served.String(field) is "")
                served.Remove(field);
        }

        return served;
    }

    public JsonObject ToStored(JsonObject served) => Rename(served, "v1", pair => (pair.Events, pair.Core));

    private static JsonObject Rename(JsonObject source, string apiVersion, Func<(string Core, string Events), (string From, string To)> direction)
    {
        var map = Names.Select(direction).ToDictionary(pair => pair.From, pair => pair.To);
        var result = new JsonObject();
        foreach (var (key, value) in source)
            result[map.GetValueOrDefault(key, key)] = value.CopyOrNull();
        result["apiVersion"] = apiVersion;
        return result;
    }
}
