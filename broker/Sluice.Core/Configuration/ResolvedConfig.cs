using System.Collections.Immutable;

namespace Sluice.Core.Configuration;

/// <summary>One place where a setting has a value.</summary>
/// <param name="Name">The name under which it is set there, which may be another setting that gives the default.</param>
/// <param name="Value">The value as it was set.</param>
/// <param name="Source">The place.</param>
public readonly record struct ConfigSynonym(string Name, string Value, ConfigSource Source);

/// <summary>What a setting comes to, and why.</summary>
/// <param name="Definition">The setting.</param>
/// <param name="Value">Its value; null for none.</param>
/// <param name="Source">Where the value comes from.</param>
/// <param name="Synonyms">Every place where it has a value, the one that counts first.</param>
public sealed record ResolvedConfig(ConfigDefinition Definition, string? Value, ConfigSource Source, ImmutableArray<ConfigSynonym> Synonyms);
