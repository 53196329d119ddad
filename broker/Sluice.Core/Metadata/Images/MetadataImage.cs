namespace Sluice.Core.Metadata.Images;

/// <summary>
/// The cluster's metadata as of one offset of the metadata log: what every record up to there, replayed in order, makes of nothing.
/// Immutable; the next image shares with it whatever did not change, so that an image costs what its change costs.
/// </summary>
public sealed class MetadataImage
{
    internal MetadataImage(
        long offset, int epoch, TopicsImage topics, ConfigsImage configs, BrokersImage brokers, FeaturesImage features, long nextProducerId)
    {
        Offset = offset;
        Epoch = epoch;
        Topics = topics;
        Configs = configs;
        Brokers = brokers;
        Features = features;
        NextProducerId = nextProducerId;
    }

    /// <summary>The image before the first record.</summary>
    public static MetadataImage Empty { get; } =
        new(-1, -1, TopicsImage.Empty, ConfigsImage.Empty, BrokersImage.Empty, FeaturesImage.Empty, 0);

    /// <summary>The offset of the last record that it contains; -1 for none.</summary>
    public long Offset { get; }

    /// <summary>The leader epoch under which that record was written; -1 for none.</summary>
    public int Epoch { get; }

    /// <summary>The topics and their partitions.</summary>
    public TopicsImage Topics { get; }

    /// <summary>Settings made at run time.</summary>
    public ConfigsImage Configs { get; }

    /// <summary>The registered brokers.</summary>
    public BrokersImage Brokers { get; }

    /// <summary>The feature levels that the cluster has finalized.</summary>
    public FeaturesImage Features { get; }

    /// <summary>The first producer id that no broker has been given.</summary>
    public long NextProducerId { get; }
}
