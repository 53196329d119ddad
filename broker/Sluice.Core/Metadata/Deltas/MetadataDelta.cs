using Sluice.Core.Metadata.Images;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Deltas;

/// <summary>
/// What some records change of an image. Records are replayed into it one by one, then <see cref="Apply"/> makes the next image; it
/// stays as the list of what to look at, so that whoever follows the metadata need not compare two images.
/// </summary>
public sealed class MetadataDelta
{
    private long _nextProducerId;

    /// <summary>A delta without changes.</summary>
    /// <param name="image">The image that the changes apply to.</param>
    public MetadataDelta(MetadataImage image)
    {
        Base = image;
        Topics = new TopicsDelta(image.Topics);
        Configs = new ConfigsDelta(image.Configs);
        Brokers = new BrokersDelta(image.Brokers);
        Features = new FeaturesDelta(image.Features);
        _nextProducerId = image.NextProducerId;
    }

    /// <summary>The image that the changes apply to.</summary>
    public MetadataImage Base { get; }

    /// <summary>What changed of topics and partitions.</summary>
    public TopicsDelta Topics { get; }

    /// <summary>What changed of settings.</summary>
    public ConfigsDelta Configs { get; }

    /// <summary>What changed of brokers.</summary>
    public BrokersDelta Brokers { get; }

    /// <summary>What changed of features.</summary>
    public FeaturesDelta Features { get; }

    /// <summary>Takes one record into account.</summary>
    /// <exception cref="MetadataCorruptException">The record contradicts the image, or is of a kind that is not known.</exception>
    internal void Replay(IMetadataRecord record)
    {
        switch (record)
        {
            case TopicRecord topic: Topics.Replay(topic); break;
            case PartitionRecord partition: Topics.Replay(partition); break;
            case PartitionChangeRecord change: Topics.Replay(change); break;
            case RemoveTopicRecord remove:
                // A topic's settings end with it; no record says so.
                Configs.Remove(ConfigResource.Topic(Topics.Replay(remove).Name));
                break;
            case ConfigRecord config: Configs.Replay(config); break;
            case RegisterBrokerRecord register: Brokers.Replay(register); break;
            case UnregisterBrokerRecord unregister: Brokers.Replay(unregister); break;
            case FenceBrokerRecord fence: Brokers.SetFenced(fence.Id, fence.Epoch, fenced: true); break;
            case UnfenceBrokerRecord unfence: Brokers.SetFenced(unfence.Id, unfence.Epoch, fenced: false); break;
            case BrokerRegistrationChangeRecord change: Brokers.Replay(change); break;
            case FeatureLevelRecord feature: Features.Replay(feature); break;
            case ProducerIdsRecord ids: _nextProducerId = ids.NextProducerId; break;
            case NoOpRecord: break;
            default:
                throw new MetadataCorruptException(
                    $"the metadata holds a {record.GetType().Name}, which this version of Sluice cannot replay; start the version that wrote it");
        }
    }

    /// <summary>The image after the records.</summary>
    /// <param name="offset">The offset of the last record.</param>
    /// <param name="epoch">The leader epoch of the last record.</param>
    internal MetadataImage Apply(long offset, int epoch) =>
        new(offset, epoch, Topics.Apply(), Configs.Apply(), Brokers.Apply(), Features.Apply(), _nextProducerId);
}
