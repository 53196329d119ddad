using System.Text.Json.Nodes;
using Sluice.Local.Api.Schemas;

namespace Sluice.Local.Api.CustomResources;

/// <summary>One served version of a custom resource definition.</summary>
/// <param name="Definition">The definition as it was stored.</param>
/// <param name="Version">The entry of spec.versions.</param>
/// <param name="Schema">The version's schema, with the fields that every object has.</param>
internal sealed record CustomVersion(JsonObject Definition, JsonObject Version, Schema Schema);
