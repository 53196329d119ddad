using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Schemas;
using Sluice.Local.ApiServer.Strategies;
using Sluice.Local.ApiServer.Tables;

namespace Sluice.Local.ApiServer.Resources;

/// <summary>A part of a resource with a path of its own, such as "status".</summary>
internal sealed record SubresourceInfo(string Name, string Group, string Version, string Kind, IReadOnlyList<string> Verbs);

/// <summary>One resource in one version: all that the API has to know to serve it.</summary>
internal sealed class ResourceInfo
{
    private Schema? _schema;

    public required string Group { get; init; }

    public required string Version { get; init; }

    public required string Plural { get; init; }

    public required string Singular { get; init; }

    public required string Kind { get; init; }

    public required string ListKind { get; init; }

    public required bool Namespaced { get; init; }

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public IReadOnlyList<string> Verbs { get; init; } = [];

    public IReadOnlyList<SubresourceInfo> Subresources { get; init; } = [];

    public required ResourceStrategy Strategy { get; init; }

    public required TableLayout Table { get; init; }

    public required Func<Schema> LoadSchema { get; init; }

    /// <summary>The kind's name in the store; versions of a kind share it.</summary>
    public required string StoreKind { get; init; }

    /// <summary>Turns stored objects into this version and back; null when they are stored in it.</summary>
    public IVersionConverter? Converter { get; init; }

    /// <summary>Set for custom kinds.</summary>
    public CustomResources.CustomVersion? Custom { get; init; }

    public Schema Schema => _schema ??= LoadSchema();

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public string QualifiedName => Errors.ApiError.Qualify(Plural, Group);

    public string QualifiedKind => Errors.ApiError.Qualify(Kind, Group);

    public bool Has(string subresource) => Subresources.Any(item => item.Name == subresource);

    public string KeyOf(string? ns, string name) => Namespaced ? $"{ns}/{name}" : name;
}

/// <summary>Conversion between the version that is stored and another one.</summary>
internal interface IVersionConverter
{
    /// <summary>A new document in the served version.</summary>
    JsonObject FromStored(JsonObject stored);

    /// <summary>A new document in the stored version.</summary>
    JsonObject ToStored(JsonObject served);
}
