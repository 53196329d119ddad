using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Storage.Disk;

namespace Sluice.Core.Nodes;

/// <summary>
/// Looks every few seconds whether the data directory is where it was: files that are open go on working when it is deleted, replaced or
/// unmounted, so that a node to which nobody writes would never notice. Takes the reserve back when the disk has room again. On shard 0.
/// </summary>
internal sealed class DirectoryWatch : ShardTimer
{
    private const long IntervalMs = 5_000;

    public void Start(Shard shard)
    {
        shard.Host.RunInBackground(new Look(this, shard.Node));
    }

    /// <summary>Says that the disk is full, and what follows.</summary>
    public static void ReportFull(IShardHost host, string directory) => host.Log(
        LogSeverity.Error,
        $"the disk of {directory} is full: the room that was kept for this case is given up, so that topics can be deleted; clients' records are refused until there is room again");

    public override void Fire(Shard shard) => shard.Host.RunInBackground(new Look(this, shard.Node));

    private sealed class Look(DirectoryWatch watch, NodeContext node) : BackgroundTask
    {
        private bool _hasRoomAgain;

        public override void Execute()
        {
            node.Logs.CheckInPlace();
            _hasRoomAgain = node.Logs.Reserve.Fill();
        }

        public override void Complete(Shard shard, Exception? error)
        {
            if (error is DiskException { Passes: false } failure)
            {
                DirectoryFailure.Halt(shard, "it is not in its place", failure);
                return;
            }
            if (error is not null) shard.Host.Log(LogSeverity.Warning, "the data directory could not be looked at; the next look is in some seconds", error);
            if (_hasRoomAgain) shard.Host.Log(LogSeverity.Information, $"the disk of {node.DataDirectory} has room again: clients' records are taken");
            shard.Timers.Schedule(watch, shard.MonotonicMs + IntervalMs);
        }
    }
}
