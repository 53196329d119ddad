using Sluice.Core.Shards;

namespace Simulation.Hosts;

/// <summary>The simulated process has ended itself; unwinds to the simulator.</summary>
internal sealed class SimHalted(string reason, Exception? error) : HaltedException(reason, error)
{
    /// <summary>What the process said.</summary>
    public string Reason { get; } = reason;
}
