namespace Sluice.Core.Metadata.Images;

/// <summary>The features that this software knows. One appears here when what it stands for works.</summary>
public static class SupportedFeatures
{
    /// <summary>The feature that says which metadata records, and which versions of them, may be written.</summary>
    public const string MetadataVersion = "metadata.version";

    /// <summary>The level of <see cref="MetadataVersion"/> that records are written at: that of Apache Kafka 4.3 (4.3-IV0).</summary>
    public const short MetadataVersionLevel = 30;

    /// <summary>
    /// The ranges. kraft.version 0 is the quorum whose voters are set by configuration.
    /// </summary>
    public static IReadOnlyList<FeatureRange> All { get; } =
    [
        new("kraft.version", 0, 0),
        new(MetadataVersion, MetadataVersionLevel, MetadataVersionLevel),
    ];
}
