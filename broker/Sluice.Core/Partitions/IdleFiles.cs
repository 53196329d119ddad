using Sluice.Core.Shards;
using Sluice.Storage.Segments;

namespace Sluice.Core.Partitions;

/// <summary>Closes, once a minute, the files that no one used for a while, so that an idle partition costs no descriptor.</summary>
internal sealed class IdleFiles(OpenFiles files) : ShardTimer
{
    private const long IntervalMs = 60_000;

    /// <summary>Arms the timer.</summary>
    public void Start(Shard shard) => shard.Timers.Schedule(this, shard.MonotonicMs + IntervalMs);

    /// <inheritdoc/>
    public override void Fire(Shard shard)
    {
        files.CloseIdle();
        Start(shard);
    }
}
