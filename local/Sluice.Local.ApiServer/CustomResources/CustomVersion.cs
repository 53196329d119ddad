using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.CustomResources;

/// <summary>One served version of a custom resource definition.</summary>
/// <param name="Definition">The definition as it was stored.</param>
/// <param name="Version">The entry of spec.versions.</param>
/// <param name="Schema">The version's schema, with the fields that every object has.</param>
internal sealed record CustomVersion(JsonObject Definition, JsonObject Version, Schema Schema)
{
    /// <summary>What clients of this version are warned of; null when it is not deprecated.</summary>
    public string? DeprecationWarning { get; } = Warning(Definition, Version);

    private static string? Warning(JsonObject definition, JsonObject version)
    {
        if (version.Bool("deprecated") != true)
            return null;
        if (version.String("deprecationWarning") is { Length: > 0 } given)
            return given;
        var (group, kind, name) = (definition["spec"].String("group"), definition.At("spec", "names").String("kind"), version.String("name")!);
        var better = definition["spec"].Array("versions").Objects()
            .Where(other => other.Bool("served") == true && other.Bool("deprecated") != true)
            .Select(other => other.String("name")!)
            .Where(other => VersionOrder.Instance.Compare(other, name) < 0)
            .Order(VersionOrder.Instance)
            .FirstOrDefault();
        var text = $"{group}/{name} {kind} is deprecated";
        return better is null ? text : $"{text}; use {group}/{better} {kind}";
    }
}
