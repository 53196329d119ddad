using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>
/// Custom objects are kept as they were written. Read in a version, they bear its apiVersion, and have its defaults and only
/// its fields, also when the definition has changed since.
/// </summary>
internal sealed class CustomConverter(string apiVersion, Schema schema) : IVersionConverter
{
    // An object is converted once for as long as it stays the same.
    private readonly ConditionalWeakTable<JsonObject, JsonObject> _views = [];

    public JsonObject FromStored(JsonObject stored) => _views.GetValue(stored, Convert);

    public JsonObject ToStored(JsonObject served) => served;

    private JsonObject Convert(JsonObject stored)
    {
        var result = stored.Copy();
        result["apiVersion"] = apiVersion;
        Pruner.Prune(schema, result, isRoot: true, []);
        Defaulter.Default(schema, result);
        return result;
    }
}
