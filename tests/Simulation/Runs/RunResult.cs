namespace Simulation.Runs;

/// <summary>What came of a run.</summary>
/// <param name="Options">The run.</param>
/// <param name="TraceHash">A hash of all that happened; the same for every run of the same seed.</param>
/// <param name="Restarts">How many times the node was started again.</param>
/// <param name="SimulatedMs">How much time has passed for the node, in milliseconds.</param>
/// <param name="Violation">The broken promise; null when all were kept.</param>
/// <param name="LastSteps">The last steps of the trace.</param>
internal sealed record RunResult(RunOptions Options, ulong TraceHash, int Restarts, long SimulatedMs, Violation? Violation, IReadOnlyList<string> LastSteps);
