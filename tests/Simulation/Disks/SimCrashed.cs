using Sluice.Core.Shards;

namespace Simulation.Disks;

/// <summary>The machine stopped in the middle of what it did: nothing of the process runs from here on. Unwinds to the simulator.</summary>
internal sealed class SimCrashed() : HaltedException("the simulated machine stopped at an operation of its disk")
{
    /// <summary>Whether an exception is, or was caused by, the stop.</summary>
    public static bool IsIn(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is SimCrashed) return true;
        }
        return false;
    }
}
