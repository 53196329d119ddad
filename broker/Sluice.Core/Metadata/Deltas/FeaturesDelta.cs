using System.Collections.Immutable;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Deltas;

/// <summary>What changed of features.</summary>
public sealed class FeaturesDelta
{
    private readonly FeaturesImage _base;
    private ImmutableSortedDictionary<string, short> _levels;

    internal FeaturesDelta(FeaturesImage image)
    {
        _base = image;
        _levels = image.Levels;
    }

    /// <summary>Whether a level changed.</summary>
    public bool HasChanges => !ReferenceEquals(_levels, _base.Levels);

    internal void Replay(FeatureLevelRecord record)
    {
        FeatureRange supported = SupportedFeatures.All.FirstOrDefault(f => f.Name == record.Name);
        if (record.FeatureLevel != 0 && (supported.Name is null || record.FeatureLevel < supported.Least || record.FeatureLevel > supported.Greatest))
        {
            string known = supported.Name is null ? "is not known" : $"is supported from level {supported.Least} to {supported.Greatest}";
            throw new MetadataCorruptException(
                $"the feature {record.Name} is finalized at level {record.FeatureLevel}, but it {known}; start the version of Sluice that finalized it");
        }
        _levels = record.FeatureLevel == 0 ? _levels.Remove(record.Name) : _levels.SetItem(record.Name, record.FeatureLevel);
    }

    /// <summary>The levels after the changes.</summary>
    internal FeaturesImage Apply() => HasChanges ? new FeaturesImage(_levels) : _base;
}
