using Sluice.Core.Configuration;
using Sluice.Core.Metadata;
using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Tables;

namespace Sluice.Core.Tests.Metadata;

/// <summary>Scopes for tests of changes, which are functions.</summary>
internal static class Scopes
{
    public static BrokerProperties Properties(params (string Name, string Value)[] more)
    {
        var given = new Dictionary<string, string> { ["node.id"] = "1", ["log.dirs"] = "/data" };
        foreach ((string name, string value) in more) given[name] = value;
        return BrokerConfigs.Parse(given);
    }

    /// <summary>A cluster of one broker.</summary>
    public static ChangeScope OneBroker(params (string Name, string Value)[] properties)
    {
        var scope = new ChangeScope(MetadataImage.Empty, Properties(properties), new Random(1));
        var directory = new Uuid(1, 1000);
        scope = scope.With(RegisterBrokerChange.Bootstrap());
        scope = scope.With(RegisterBrokerChange.Compute(scope, 1, [new("PLAINTEXT", "127.0.0.1", 9092)], directory).Records);
        return scope.With(RegisterBrokerChange.Unfence(1, 1));
    }

    /// <summary>The scope after some records.</summary>
    public static ChangeScope With(this ChangeScope scope, IReadOnlyList<ChangeRecord> records)
    {
        var delta = new MetadataDelta(scope.Image);
        foreach (ChangeRecord record in records)
        {
            // Through bytes, as in the log: what cannot be written is found here.
            delta.Replay(MetadataRecordTable.ReadFramed(MetadataRecordTable.ToFramed(record.Record, record.Version).AsMemory(), out _));
        }
        return scope with { Image = delta.Apply(scope.Image.Offset + records.Count, 1) };
    }

    /// <summary>What an image is made of, as text to compare.</summary>
    public static List<string> Describe(MetadataImage image) =>
        [.. SnapshotRecords.Of(image).Select(r => $"{r.Record.GetType().Name} {Convert.ToHexString(MetadataRecordTable.ToFramed(r.Record, r.Version))}")];
}
