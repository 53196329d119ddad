using Sluice.Core.Nodes;
using Sluice.Core.Shards;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;
using Sluice.Storage.Segments;

namespace Sluice.Core.Partitions;

/// <summary>Opens, makes and deletes the logs of one shard's partitions in the node's data directory.</summary>
internal sealed class PartitionLogs
{
    // Each takes two maps, of which Linux allows a process 65,530 by default.
    private const int OpenSegmentsOfNodeMax = 24 * 1024;

    private readonly Shard _shard;
    private readonly List<KeyValuePair<PartitionName, long>> _cut = [];

    public PartitionLogs(Shard shard)
    {
        _shard = shard;
        // Each takes a descriptor, and a quarter of those is left to connections.
        int segments = Math.Min(OpenSegmentsOfNodeMax, shard.Node.Disk.OpenFilesMax / 4 * 3);
        Files = new OpenFiles(shard.Node.Disk, Math.Max(64, segments / shard.Host.ShardCount));
    }

    /// <summary>The shard's open files; each shard has its own, so that none is shared.</summary>
    public OpenFiles Files { get; }

    /// <summary>Opens a partition's log: one that the last run left is recovered, a new one is made.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="config">The settings of the log.</param>
    /// <param name="isBoot">Whether the node is starting, so that a directory of this name is the partition's own from an earlier run.</param>
    /// <exception cref="DiskException">The disk refused, or holds what this version cannot read.</exception>
    public PartitionLog Open(Partition partition, LogConfig config, bool isBoot)
    {
        LogDirectory directory = _shard.Node.Logs;
        var name = new PartitionName(partition.Topic, partition.Id);
        string path = directory.PartitionPath(name);
        partition.Life = directory.LifeOf(name);
        if (isBoot && _shard.Node.Disk.DirectoryExists(path))
        {
            PartitionLog found = PartitionLog.Open(Files, path, config, directory.OpenOptions(name, _shard.NowMs) with { ProducerExpirationMs = _shard.Node.Limits.ProducerExpirationMs });
            Report(name, found.Recovery);
            TakeCleanerOffset(partition, found, name);
            if (found.RecoveryPoint < directory.RecoveryPoints.GetValueOrDefault(name)) _cut.Add(new(name, found.RecoveryPoint));
            // Recovery opened its files; a node with very many partitions could not keep them all open.
            found.CloseFiles();
            return found;
        }
        if (_shard.Node.Disk.DirectoryExists(path)) FreeName(partition, name);
        PartitionLog made = PartitionLog.Open(Files, path, config, new LogOpenOptions(RecoveryPoint: 0, LogStartOffset: 0, CleanShutdown: true, _shard.NowMs));
        PartitionMetadataFile.Write(_shard.Node.Disk, path, partition.TopicId.ToString());
        return made;
    }

    /// <summary>Writes down where logs were cut below what had been flushed, before anything is appended to them.</summary>
    /// <exception cref="DiskException">The disk refused.</exception>
    public void NoteCuts()
    {
        if (_cut.Count > 0) _shard.Node.Logs.LowerRecoveryPoints(_cut);
        _cut.Clear();
    }

    /// <summary>What lies beyond a cut is not clean when it is written again: the checkpoint must not say so for ever.</summary>
    private void TakeCleanerOffset(Partition partition, PartitionLog log, PartitionName name)
    {
        if (!_shard.Node.Logs.CleanerOffsets.TryGetValue(name, out long cleanedUpTo)) return;
        partition.CleanedUpTo = Math.Min(cleanedUpTo, log.LogEndOffset);
        if (cleanedUpTo > log.LogEndOffset) _shard.Node.Logs.WriteCleanerOffset(name, partition.Life, log.LogEndOffset);
    }

    /// <summary>
    /// Prepares the making of partitions: checkpoints of older ones of the same names say nothing of them, now and after the next start.
    /// </summary>
    /// <param name="partitions">Partitions that <see cref="Open"/> follows for.</param>
    /// <param name="isBoot">As for <see cref="Open"/>.</param>
    public void ForgetOlder(List<PartitionName> partitions, bool isBoot)
    {
        LogDirectory directory = _shard.Node.Logs;
        if (isBoot)
        {
            partitions.RemoveAll(name => _shard.Node.Disk.DirectoryExists(directory.PartitionPath(name)));
            partitions.ForEach(ReportMissing);
        }
        if (partitions.Count > 0) directory.ForgetOffsets(partitions);
    }

    /// <summary>Frees the partition's name at once, and deletes the files after the topic's <c>file.delete.delay.ms</c>, off the shard.</summary>
    /// <exception cref="DiskException">The directory could not be renamed.</exception>
    public void Delete(Partition partition, PartitionLog log)
    {
        DeleteLater(partition, log.Delete(partition.Topic, partition.Id, UniqueId()));
    }

    /// <summary>As <see cref="Delete"/>, for a partition whose log is not in use; does nothing when it has no directory, or one that is another topic's.</summary>
    /// <exception cref="DiskException">The directory could not be renamed.</exception>
    public void DeleteOffline(Partition partition)
    {
        var name = new PartitionName(partition.Topic, partition.Id);
        LogDirectory directory = _shard.Node.Logs;
        if (!_shard.Node.Disk.DirectoryExists(directory.PartitionPath(name))) return;
        string? id = directory.ReadTopicId(name);
        if (id is null || id == partition.TopicId.ToString()) DeleteLater(partition, directory.RenameForDeletion(name, UniqueId()));
    }

    /// <summary>
    /// Frees the name of a new partition of a directory that is there already: an older partition's that could not be renamed when it was
    /// deleted (what kept it from that may be over), or one that nobody knows, which is kept.
    /// </summary>
    private void FreeName(Partition partition, PartitionName name)
    {
        LogDirectory directory = _shard.Node.Logs;
        string? id = directory.ReadTopicId(name);
        if (id is not null && directory.IsDeleted(id)) DeleteLater(partition, directory.RenameForDeletion(name, UniqueId()));
        else UnknownDirectories.KeepAsStray(_shard.Node, name, $"it was there before the partition of the topic id {partition.TopicId} was made", _shard.Host);
    }

    private string UniqueId() => UnknownDirectories.UniqueId(_shard.Host.Random);

    /// <summary>A partition that was made before this start has no directory: it ended right after the partition was made, or someone took it away.</summary>
    private void ReportMissing(PartitionName name)
    {
        string path = _shard.Node.Logs.PartitionPath(name);
        if (_shard.Node.Logs.RecoveryPoints.GetValueOrDefault(name) is not (> 0 and var flushed))
        {
            _shard.Host.Log(LogSeverity.Warning, $"{path} is missing: {name} begins empty");
            return;
        }
        _shard.Node.Findings.CountLoss();
        _shard.Host.Log(
            LogSeverity.Error, $"{path} is missing, although {name} was flushed up to offset {flushed}: the partition begins empty at offset 0. To bring its records back stop the node and restore the directory");
    }

    private void DeleteLater(Partition partition, string renamed)
    {
        if (PlantedPartitionFaults.Has(PlantedPartitionFault.DirectoriesOfTopicsStay)) return;
        _shard.Timers.Schedule(new DirectoryDeletion(_shard.Node.Logs, renamed), _shard.MonotonicMs + Math.Min(partition.Settings.Log.FileDeleteDelayMs, TimerQueue.DelayMaxMs));
    }

    private void Report(PartitionName name, RecoveryReport recovery)
    {
        if (recovery.Reason is null) return;
        if (recovery.LostFlushedData) _shard.Node.Findings.CountLoss();
        _shard.Host.Log(
            recovery.LostFlushedData ? LogSeverity.Error : LogSeverity.Warning,
            $"{name} was cut at offset {recovery.CutAtOffset}{(recovery.LostFlushedData ? ", although it had been flushed beyond" : "")}: {recovery.Reason}");
    }

    /// <summary>Waits, then deletes the directory of a deleted partition in the background.</summary>
    private sealed class DirectoryDeletion(LogDirectory directory, string path) : ShardTimer
    {
        public override void Fire(Shard shard) => shard.Host.RunInBackground(new Deletion(directory, path));
    }

    private sealed class Deletion(LogDirectory directory, string path) : BackgroundTask
    {
        public override void Execute() => directory.DeletePartition(path);

        public override void Complete(Shard shard, Exception? error)
        {
            if (error is not null) shard.Host.Log(LogSeverity.Warning, $"{path} could not be deleted; the next start tries again", error);
        }
    }
}
