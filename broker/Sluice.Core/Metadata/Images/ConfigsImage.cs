using System.Collections.Immutable;

namespace Sluice.Core.Metadata.Images;

/// <summary>Settings made at run time, of topics, brokers and what else has some.</summary>
public sealed class ConfigsImage
{
    internal ConfigsImage(ImmutableSortedDictionary<ConfigResource, ImmutableSortedDictionary<string, string>> resources) => Resources = resources;

    /// <summary>No settings.</summary>
    public static ConfigsImage Empty { get; } = new(ImmutableSortedDictionary<ConfigResource, ImmutableSortedDictionary<string, string>>.Empty);

    internal static ImmutableSortedDictionary<string, string> NoSettings { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Everything that has settings of its own.</summary>
    internal ImmutableSortedDictionary<ConfigResource, ImmutableSortedDictionary<string, string>> Resources { get; }

    /// <summary>The settings of a resource by name; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Of(ConfigResource resource) => SettingsOf(resource);

    internal ImmutableSortedDictionary<string, string> SettingsOf(ConfigResource resource) => Resources.GetValueOrDefault(resource, NoSettings);
}
