namespace Sluice.Cli.Local;

/// <summary>What `sluice up` was told.</summary>
/// <param name="State">The state folder.</param>
/// <param name="Port">Port of the API; null: the one of the last time, or any that is free.</param>
/// <param name="Examples">Whether the example manifests are applied to a new state folder.</param>
/// <param name="Timeout">How long to wait for everything to be ready.</param>
/// <param name="ProgressFile">Set in the process that `up --detach` starts: where it tells how far it is.</param>
internal sealed record UpOptions(StateDirectory State, int? Port, bool Examples, TimeSpan Timeout, string? ProgressFile);
