using Simulation.Models;

namespace Simulation.Runs;

/// <summary>
/// A time without clients and without trouble. What nobody holds up any more has to be done by its end: so here limits are looked at from
/// the other side, which a busy node cannot be asked for.
/// </summary>
internal sealed class Rest(World world)
{
    /// <summary>Lets the node alone, then checks what must have happened.</summary>
    /// <param name="quietMs">For how long, in milliseconds.</param>
    public void Run(long quietMs)
    {
        world.Trace.Note($"rest for {quietMs} ms");
        long end = world.Clock.ElapsedMs + quietMs;
        var idle = new IdleCheck(world);
        while (world.Clock.ElapsedMs < end)
        {
            if (world.Machine.Step()) continue;
            idle.Run();
            world.PassTime(end - world.Clock.ElapsedMs);
        }
        // Timers of this moment begin work as well.
        world.Machine.Settle();
        MetadataCheck.Compare(world);
        new QuietCheck(world, quietMs).Run();
        new ResourceCheck(world).Run();
    }
}
