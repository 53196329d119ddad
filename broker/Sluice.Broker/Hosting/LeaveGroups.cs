using Sluice.Core.Shards;

namespace Sluice.Broker.Hosting;

/// <summary>Has a shard let go of its consumer groups, so that no request of theirs holds up the broker's stop.</summary>
internal sealed class LeaveGroups : ShardTask
{
    public override void Run(Shard shard) => shard.Groups.Close();
}
