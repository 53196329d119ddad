using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Storage.Disk;

namespace Sluice.Core.Nodes;

/// <summary>
/// Looks every few seconds whether the data directory is where it was: files that are open go on working when it is deleted, replaced or
/// unmounted, so that a node to which nobody writes would never notice. On shard 0.
/// </summary>
internal sealed class DirectoryWatch : ShardTimer
{
    private const long IntervalMs = 5_000;

    public void Start(Shard shard) => shard.Timers.Schedule(this, shard.MonotonicMs + IntervalMs);

    public override void Fire(Shard shard) => shard.Host.RunInBackground(new Look(this, shard.Node));

    private sealed class Look(DirectoryWatch watch, NodeContext node) : BackgroundTask
    {
        public override void Execute() => node.Logs.CheckInPlace();

        public override void Complete(Shard shard, Exception? error)
        {
            if (error is DiskException { Passes: false } failure)
            {
                DirectoryFailure.Halt(shard, "it is not in its place", failure);
                return;
            }
            if (error is not null) shard.Host.Log(LogSeverity.Warning, "whether the data directory is in its place could not be seen", error);
            watch.Start(shard);
        }
    }
}
