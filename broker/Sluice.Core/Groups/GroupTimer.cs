using Sluice.Core.Shards;

namespace Sluice.Core.Groups;

/// <summary>Something that a group does later: a member's session ends, a rebalance has waited long enough.</summary>
internal sealed class GroupTimer(Action fire) : ShardTimer
{
    /// <inheritdoc/>
    public override void Fire(Shard shard) => fire();
}
