namespace Simulation.Runs;

/// <summary>A promise is broken: what the run was looking for.</summary>
internal sealed class Violation(string message, Exception? inner = null) : Exception(message, inner);
