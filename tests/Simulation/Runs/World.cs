using Simulation.Clients;
using Simulation.Disks;
using Simulation.Hosts;
using Simulation.Models;

namespace Simulation.Runs;

/// <summary>What the parts of a run share.</summary>
internal sealed class World
{
    public World(RunOptions options, TextWriter? output)
    {
        Options = options;
        Random = new Random((int)(options.Seed ^ (options.Seed >> 32)));
        Trace = new Trace(output);
        Disk = new SimDisk(new Random(Random.Next()), () => Clock.NowMs);
        ShardCount = Random.Next(1, 5);
    }

    /// <summary>What the run is made of.</summary>
    public RunOptions Options { get; }

    /// <summary>The source of chance.</summary>
    public Random Random { get; }

    /// <summary>What happened.</summary>
    public Trace Trace { get; }

    /// <summary>The clock.</summary>
    public SimClock Clock { get; } = new();

    /// <summary>The disk.</summary>
    public SimDisk Disk { get; }

    /// <summary>How many shards the node runs; another number after each restart would be as good, but harder to read.</summary>
    public int ShardCount { get; }

    /// <summary>What the clients know.</summary>
    public ClusterModel Model { get; } = new();

    /// <summary>What the members of groups know.</summary>
    public List<GroupModel> Groups { get; } = [];

    /// <summary>The clients.</summary>
    public List<SimClient> Clients { get; } = [];

    /// <summary>The process that runs, or the last one.</summary>
    public Machine Machine { get; set; } = null!;

    /// <summary>Producer ids that were given out.</summary>
    public HashSet<long> ProducerIds { get; } = [];

    /// <summary>How many times the process was started again.</summary>
    public int Restarts { get; set; }

    /// <summary>Whether power was lost or bits were turned, so that what was not promised may be gone.</summary>
    public bool HasLostAnything { get; set; }

    /// <summary>Counts how often trouble of the disk has begun or ended; odd while there is any.</summary>
    public int Troubles { get; set; }

    /// <summary>Whether the disk was full at any time.</summary>
    public bool DiskWasFull { get; set; }
}
