using Sluice.Core.Metadata.Images;

namespace Sluice.Core.Metadata.Changes;

/// <summary>What an edit does to a setting. The numbers are those of IncrementalAlterConfigs.</summary>
internal enum ConfigOperation : sbyte
{
    /// <summary>Gives it a value.</summary>
    Set = 0,

    /// <summary>Takes its value away, so that the default counts.</summary>
    Delete = 1,

    /// <summary>Adds values to a list.</summary>
    Append = 2,

    /// <summary>Takes values from a list.</summary>
    Subtract = 3,
}

/// <summary>An edit of one setting.</summary>
internal readonly record struct ConfigEdit(string Name, ConfigOperation Operation, string? Value);

/// <summary>The edits of one resource.</summary>
/// <param name="Resource">The resource.</param>
/// <param name="Edits">The edits.</param>
/// <param name="ReplacesAll">Whether settings that no edit names are taken away.</param>
internal readonly record struct ResourceEdits(ConfigResource Resource, IReadOnlyList<ConfigEdit> Edits, bool ReplacesAll);

/// <summary>What became of the edits of one resource.</summary>
internal readonly record struct ResourceResult(ConfigResource Resource, ChangeError Error);
