using System.Collections.Immutable;
using Sluice.Core.Configuration;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Deltas;

/// <summary>What changed of brokers.</summary>
public sealed class BrokersDelta
{
    private readonly BrokersImage _base;
    private readonly SortedSet<int> _changed = [];
    private ImmutableSortedDictionary<int, BrokerImage> _brokers;

    internal BrokersDelta(BrokersImage image)
    {
        _base = image;
        _brokers = image.Brokers;
    }

    /// <summary>The brokers that were registered, changed or removed.</summary>
    public IReadOnlyCollection<int> Changed => _changed;

    internal void Replay(RegisterBrokerRecord record)
    {
        var broker = new BrokerImage(
            record.BrokerId,
            record.BrokerEpoch,
            record.IncarnationId,
            [.. record.EndPoints.Select(e => new ListenerEndpoint(e.Name, e.Host, e.Port))],
            record.Rack,
            record.Fenced,
            [.. record.LogDirs])
        {
            Features = [.. record.Features.Select(f => new FeatureRange(f.Name, f.MinSupportedVersion, f.MaxSupportedVersion))],
            IsInControlledShutdown = record.InControlledShutdown,
        };
        Set(broker);
    }

    internal void Replay(UnregisterBrokerRecord record)
    {
        Current(record.BrokerId, record.BrokerEpoch, "unregistered");
        _brokers = _brokers.Remove(record.BrokerId);
        _changed.Add(record.BrokerId);
    }

    internal void Replay(BrokerRegistrationChangeRecord record)
    {
        BrokerImage broker = Current(record.BrokerId, record.BrokerEpoch, "changed");
        // -1 says that it ends, 1 that it begins, 0 that nothing changes.
        if (record.Fenced != 0) broker = broker with { IsFenced = record.Fenced > 0 };
        if (record.InControlledShutdown != 0) broker = broker with { IsInControlledShutdown = record.InControlledShutdown > 0 };
        if (record.LogDirs.Count > 0) broker = broker with { Directories = [.. record.LogDirs] };
        Set(broker);
    }

    internal void SetFenced(int id, long epoch, bool fenced) => Set(Current(id, epoch, fenced ? "fenced" : "unfenced") with { IsFenced = fenced });

    /// <summary>The brokers after the changes.</summary>
    internal BrokersImage Apply() => ReferenceEquals(_brokers, _base.Brokers) ? _base : new BrokersImage(_brokers);

    private void Set(BrokerImage broker)
    {
        _brokers = _brokers.SetItem(broker.Id, broker);
        _changed.Add(broker.Id);
    }

    private BrokerImage Current(int id, long epoch, string what)
    {
        if (!_brokers.TryGetValue(id, out BrokerImage? broker)) throw new MetadataCorruptException($"broker {id} is {what}, but it is not registered");
        if (broker.Epoch != epoch) throw new MetadataCorruptException($"broker {id} is {what} under epoch {epoch}, but its epoch is {broker.Epoch}");
        return broker;
    }
}
