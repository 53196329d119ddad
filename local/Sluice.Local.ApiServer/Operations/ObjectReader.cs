using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Resources;
using Sluice.Local.ApiServer.Selectors;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Operations;

/// <summary>What a list was asked for.</summary>
internal sealed record ListOptions
{
    public LabelSelector Labels { get; init; } = LabelSelector.Everything;

    public FieldSelector Fields { get; init; } = FieldSelector.Everything;

    /// <summary>The most items of an answer; 0 is no limit.</summary>
    public long Limit { get; init; }

    public string Continue { get; init; } = "";

    public string ResourceVersion { get; init; } = "";

    public string ResourceVersionMatch { get; init; } = "";
}

/// <summary>Part of a list.</summary>
internal sealed record ListPage(IReadOnlyList<StoredObject> Items, long Revision, string Continue, long? Remaining);

/// <summary>Reads objects from the committed state.</summary>
internal sealed class ObjectReader(ApiCore core)
{
    private const string TooOld =
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.";

    public StoredObject Get(ResourceInfo resource, string? ns, string name) =>
        core.Store.State.Of(resource.StoreKind).Find(resource.KeyOf(ns, name)) is { } found
            ? found
            : throw ApiError.NotFound(resource.Group, resource.Plural, name);

    /// <summary>The object in the version of the resource; the node belongs to the caller only where the version differs.</summary>
    public static JsonObject View(ResourceInfo resource, StoredObject stored) =>
        resource.Converter is { } converter ? converter.FromStored(stored.Body) : stored.Body;

    public ListPage List(ResourceInfo resource, string? ns, ListOptions options)
    {
        var prefix = resource.Namespaced && ns is not null ? ns + "/" : "";
        var (set, revision, after) = Choose(resource, options);
        var items = new List<StoredObject>();
        var remaining = 0L;
        foreach (var item in set.Range(prefix, after))
        {
            if (!Matches(resource, item, options))
                continue;
            if (options.Limit > 0 && items.Count == options.Limit)
                remaining++;
            else
                items.Add(item);
        }

        if (remaining == 0)
            return new ListPage(items, revision, "", null);
        var exact = options.Labels.IsEverything && options.Fields.IsEverything;
        return new ListPage(items, revision, new ContinueToken(revision, items[^1].Key).Encode(), exact ? remaining : null);
    }

    public static bool Matches(ResourceInfo resource, StoredObject item, ListOptions options) =>
        options.Labels.Matches(item.Body) && (options.Fields.IsEverything || options.Fields.Matches(View(resource, item)));

    /// <summary>The state to list from, its revision, and the key to go on after.</summary>
    private (ObjectSet Set, long Revision, string? After) Choose(ResourceInfo resource, ListOptions options)
    {
        var state = core.Store.State;
        if (options.Continue.Length > 0)
        {
            if (options.ResourceVersion is not ("" or "0"))
                throw ApiError.BadRequest("specifying resource version is not allowed when using continue");
            var token = ContinueToken.Decode(options.Continue);
            return (core.Store.At(resource.StoreKind, token.Revision) ?? throw ApiError.Expired(TooOld), token.Revision, token.Key);
        }

        if (options.ResourceVersion is "" or "0")
            return (state.Of(resource.StoreKind), state.Revision, null);
        var asked = Revisions.Parse(options.ResourceVersion);
        if (asked > state.Revision)
            throw ApiError.TooLargeResourceVersion(asked, state.Revision);
        if (options.ResourceVersionMatch != "Exact")
            return (state.Of(resource.StoreKind), state.Revision, null);
        var set = core.Store.At(resource.StoreKind, asked) ?? throw ApiError.Expired($"The resourceVersion for the provided list is too old.");
        return (set, asked, null);
    }
}
