using Sluice.Core.Configuration;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Changes;

/// <summary>What a node writes of itself at its start: features of a new cluster, its registration, and that it serves.</summary>
internal static class RegisterBrokerChange
{
    private const short RegisterVersion = 4;

    /// <summary>The first records of a cluster. The level of metadata.version comes first: it says how to read what follows.</summary>
    public static IReadOnlyList<ChangeRecord> Bootstrap() =>
        [new(new FeatureLevelRecord { Name = SupportedFeatures.MetadataVersion, FeatureLevel = SupportedFeatures.MetadataVersionLevel })];

    /// <summary>The registration, fenced until <see cref="Unfence"/>. The answer is the incarnation's id.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="brokerEpoch">The offset that the record will have.</param>
    /// <param name="advertised">Where clients reach the broker.</param>
    /// <param name="directoryId">The id of the data directory.</param>
    public static ChangeResult<Uuid> Compute(ChangeScope scope, long brokerEpoch, IReadOnlyList<ListenerEndpoint> advertised, Uuid directoryId)
    {
        Uuid incarnation = scope.NewId();
        var record = new RegisterBrokerRecord
        {
            BrokerId = scope.Properties.NodeId,
            IncarnationId = incarnation,
            BrokerEpoch = brokerEpoch,
            EndPoints = [.. advertised.Select(e => new RegisterBrokerRecord.BrokerEndpoint { Name = e.Name, Host = e.Host, Port = (ushort)e.Port, SecurityProtocol = 0 })],
            Features = [.. SupportedFeatures.All.Select(f => new RegisterBrokerRecord.BrokerFeature { Name = f.Name, MinSupportedVersion = f.Least, MaxSupportedVersion = f.Greatest })],
            Rack = scope.Properties.Rack,
            Fenced = true,
            LogDirs = [directoryId],
        };
        return new([new(record, RegisterVersion)], incarnation);
    }

    /// <summary>Says that the broker serves.</summary>
    public static IReadOnlyList<ChangeRecord> Unfence(int brokerId, long brokerEpoch) =>
        [new(new BrokerRegistrationChangeRecord { BrokerId = brokerId, BrokerEpoch = brokerEpoch, Fenced = -1 })];

    /// <summary>
    /// A new leader epoch for the partitions that a broker leads. After a stop that was not clean the end of a log may be missing, and
    /// other records may take the same offsets: the new epoch lets clients see that they read something else (KIP-320).
    /// </summary>
    public static IEnumerable<ChangeRecord> NewEpochs(MetadataImage image, int brokerId)
    {
        foreach (TopicImage topic in image.Topics.All)
        {
            foreach (PartitionImage partition in topic.Partitions)
            {
                if (partition.Leader == brokerId)
                    yield return new(new PartitionChangeRecord { TopicId = topic.Id, PartitionId = partition.Id, Leader = brokerId });
            }
        }
    }
}
