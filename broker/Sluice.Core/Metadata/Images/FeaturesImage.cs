using System.Collections.Immutable;

namespace Sluice.Core.Metadata.Images;

/// <summary>Feature levels that the cluster has finalized (KIP-584).</summary>
public sealed class FeaturesImage
{
    internal FeaturesImage(ImmutableSortedDictionary<string, short> levels) => Levels = levels;

    /// <summary>No features: before the first record.</summary>
    public static FeaturesImage Empty { get; } = new(ImmutableSortedDictionary.Create<string, short>(StringComparer.Ordinal));

    /// <summary>The level of each feature, by name.</summary>
    public ImmutableSortedDictionary<string, short> Levels { get; }
}

/// <summary>The levels of a feature that software supports.</summary>
/// <param name="Name">The feature.</param>
/// <param name="Least">The least level.</param>
/// <param name="Greatest">The greatest level.</param>
public readonly record struct FeatureRange(string Name, short Least, short Greatest);
