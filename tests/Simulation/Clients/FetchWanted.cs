using Simulation.Models;
using Sluice.Core.Shards;
using Sluice.Protocol.Messages;

namespace Simulation.Clients;

/// <summary>A fetch that waits for its answer: what the broker has been told of it, in this request and in those of its session.</summary>
/// <param name="Request">The request.</param>
/// <param name="Parts">The partitions.</param>
/// <param name="SinceMs">When it was sent, in milliseconds of the simulated clock.</param>
internal sealed record FetchWanted(FetchRequest Request, IReadOnlyList<FetchWanted.Part> Parts, long SinceMs)
{
    /// <summary>The request reaches its shard. As in Kafka, what the broker does not know then is not waited for.</summary>
    public void Handled(Shard home)
    {
        foreach (Part part in Parts) part.IsWaitedFor = home.Image.Topics.ById(part.Topic.Id) is not null;
    }

    /// <summary>A partition of the fetch.</summary>
    /// <param name="Topic">The topic.</param>
    /// <param name="Index">The partition's number.</param>
    /// <param name="Offset">From where on.</param>
    /// <param name="MaxBytes">How much of it at most.</param>
    internal sealed record Part(TopicModel Topic, int Index, long Offset, int MaxBytes)
    {
        /// <summary>What is known of the partition.</summary>
        public PartitionModel Model => Topic.Partitions[Index];

        /// <summary>Whether the broker knew the topic when it began with the fetch.</summary>
        public bool IsWaitedFor { get; set; }
    }
}
