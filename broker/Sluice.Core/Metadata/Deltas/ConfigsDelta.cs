using System.Collections.Immutable;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Deltas;

/// <summary>What changed of settings.</summary>
public sealed class ConfigsDelta
{
    private readonly ConfigsImage _base;
    private readonly Dictionary<ConfigResource, ImmutableSortedDictionary<string, string>.Builder> _changed = [];
    private ConfigsImage? _applied;

    internal ConfigsDelta(ConfigsImage image) => _base = image;

    /// <summary>What has other settings than before, in the order of the first change.</summary>
    public IReadOnlyCollection<ConfigResource> Changed => _changed.Keys;

    internal void Replay(ConfigRecord record)
    {
        ImmutableSortedDictionary<string, string>.Builder settings = Change(new ConfigResource((ConfigResourceType)record.ResourceType, record.ResourceName));
        if (record.Value is null) settings.Remove(record.Name);
        else settings[record.Name] = record.Value;
    }

    internal void Remove(ConfigResource resource)
    {
        if (_changed.ContainsKey(resource) || _base.SettingsOf(resource).Count > 0) Change(resource).Clear();
    }

    /// <summary>The settings after the changes; made once, at the first call.</summary>
    internal ConfigsImage Apply()
    {
        if (_applied is not null) return _applied;
        if (_changed.Count == 0) return _applied = _base;
        var resources = _base.Resources.ToBuilder();
        foreach ((ConfigResource resource, ImmutableSortedDictionary<string, string>.Builder settings) in _changed)
        {
            if (settings.Count == 0) resources.Remove(resource);
            else resources[resource] = settings.ToImmutable();
        }
        return _applied = new ConfigsImage(resources.ToImmutable());
    }

    private ImmutableSortedDictionary<string, string>.Builder Change(ConfigResource resource)
    {
        if (_changed.TryGetValue(resource, out var settings)) return settings;
        settings = _base.SettingsOf(resource).ToBuilder();
        _changed.Add(resource, settings);
        return settings;
    }
}
