using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata;

/// <summary>The records that make an image out of nothing, always in the same order for the same image.</summary>
internal static class SnapshotRecords
{
    private const short RegisterVersion = 4;

    public static IEnumerable<ChangeRecord> Of(MetadataImage image) =>
        Features(image).Concat(Brokers(image)).Concat(Topics(image)).Concat(Configs(image)).Concat(ProducerIds(image));

    private static IEnumerable<ChangeRecord> Features(MetadataImage image)
    {
        // metadata.version first: it says how to read what follows.
        foreach ((string name, short level) in image.Features.Levels.OrderBy(f => f.Key != SupportedFeatures.MetadataVersion).ThenBy(f => f.Key, StringComparer.Ordinal))
            yield return new(new FeatureLevelRecord { Name = name, FeatureLevel = level });
    }

    private static IEnumerable<ChangeRecord> Brokers(MetadataImage image)
    {
        foreach (BrokerImage broker in image.Brokers.All)
        {
            yield return new(
                new RegisterBrokerRecord
                {
                    BrokerId = broker.Id,
                    IncarnationId = broker.IncarnationId,
                    BrokerEpoch = broker.Epoch,
                    EndPoints = [.. broker.Endpoints.Select(e => new RegisterBrokerRecord.BrokerEndpoint { Name = e.Name, Host = e.Host, Port = (ushort)e.Port })],
                    Features = [.. broker.Features.Select(f => new RegisterBrokerRecord.BrokerFeature { Name = f.Name, MinSupportedVersion = f.Least, MaxSupportedVersion = f.Greatest })],
                    Rack = broker.Rack,
                    Fenced = broker.IsFenced,
                    InControlledShutdown = broker.IsInControlledShutdown,
                    LogDirs = [.. broker.Directories],
                },
                RegisterVersion);
        }
    }

    private static IEnumerable<ChangeRecord> Topics(MetadataImage image)
    {
        foreach (TopicImage topic in image.Topics.All)
        {
            yield return new(new TopicRecord { Name = topic.Name, TopicId = topic.Id });
            foreach (PartitionImage partition in topic.Partitions) yield return Partition(topic, partition);
        }
    }

    private static ChangeRecord Partition(TopicImage topic, PartitionImage partition) => new(
        new PartitionRecord
        {
            PartitionId = partition.Id,
            TopicId = topic.Id,
            Replicas = [.. partition.Replicas],
            Isr = [.. partition.Isr],
            RemovingReplicas = [.. partition.RemovingReplicas],
            AddingReplicas = [.. partition.AddingReplicas],
            Leader = partition.Leader,
            LeaderRecoveryState = partition.LeaderRecoveryState,
            LeaderEpoch = partition.LeaderEpoch,
            PartitionEpoch = partition.PartitionEpoch,
            Directories = [.. partition.Directories],
        },
        Assignment.PartitionRecordVersion);

    private static IEnumerable<ChangeRecord> Configs(MetadataImage image)
    {
        foreach ((ConfigResource resource, var settings) in image.Configs.Resources)
        {
            foreach ((string name, string value) in settings) yield return ConfigRecords.Set(resource, name, value);
        }
    }

    private static IEnumerable<ChangeRecord> ProducerIds(MetadataImage image)
    {
        if (image.NextProducerId > 0) yield return new(new ProducerIdsRecord { BrokerId = -1, BrokerEpoch = -1, NextProducerId = image.NextProducerId });
    }
}
