using Simulation.Clients;
using Simulation.Disks;
using Simulation.Hosts;
using Simulation.Models;
using Sluice.Core.Partitions;
using Sluice.Core.Shards;

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
        Activity = new Activity(Random);
        GroupsFlushFirst = Random.Next(3) > 0;
        OffsetsExpire = Random.Next(4) == 0;
        Durability = new Durability(this);
    }

    /// <summary>Where the node keeps its data.</summary>
    public const string DataDirectory = "/data/sluice";

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

    /// <summary>How much the clients do.</summary>
    public Activity Activity { get; }

    /// <summary>Whether the topic of the groups promises a flush before each acknowledgement.</summary>
    public bool GroupsFlushFirst { get; }

    /// <summary>Whether committed offsets expire within the run; no group has members then.</summary>
    public bool OffsetsExpire { get; }

    /// <summary>What a loss of power would leave, against what was promised.</summary>
    public Durability Durability { get; }

    /// <summary>What the clients know.</summary>
    public ClusterModel Model { get; } = new();

    /// <summary>What the members of groups know.</summary>
    public List<GroupModel> Groups { get; } = [];

    /// <summary>The clients.</summary>
    public List<SimClient> Clients { get; } = [];

    /// <summary>The process that runs, or the last one.</summary>
    public Machine Machine { get; set; } = null!;

    /// <summary>Names of topics in requests that the node has not answered yet, whoever still waits: what comes late would meet a new topic of the name.</summary>
    public List<string> NamesOnTheirWay { get; } = [];

    /// <summary>Producer ids that were given out.</summary>
    public HashSet<long> ProducerIds { get; } = [];

    /// <summary>The deletion of records that was asked for last.</summary>
    public RecordDeleter.Deletion? LastDeletion { get; set; }

    /// <summary>When the process was started, in milliseconds of the simulated clock.</summary>
    public long RestartedAtMs { get; set; }

    /// <summary>Lets time pass until something can happen, at most some milliseconds.</summary>
    public void PassTime(long ms) => Clock.Advance(Math.Clamp(Machine.NextDeadlineMs() - Clock.ElapsedMs, 1, Math.Max(1, ms)));

    /// <summary>How many times the process was started again.</summary>
    public int Restarts { get; set; }

    /// <summary>Whether power was lost or bits were turned, so that what was not promised may be gone.</summary>
    public bool HasLostAnything { get; set; }

    /// <summary>Counts how often trouble of the disk has begun or ended; odd while there is any.</summary>
    public int Troubles { get; set; }

    /// <summary>Whether the disk has failed or was full since the process was started: that may have taken partitions offline until its end.</summary>
    public bool DiskHasStruck { get; set; }

    /// <summary>When trouble of the disk last ended, in milliseconds of the simulated clock.</summary>
    public long CalmSinceMs { get; set; }

    /// <summary>A partition as the node has it now; null when it does not, or its log is out of reach.</summary>
    public Partition? Find(PartitionModel partition, int index)
    {
        Shard first = Machine.Node.Shards[0];
        Partition? found = Machine.Node.Shards[first.OwnerOf(partition.Topic.Id, index)].Partitions.Find(partition.Topic.Id, index);
        return found is { Log: not null } ? found : null;
    }
}
