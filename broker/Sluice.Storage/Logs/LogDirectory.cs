using Sluice.Storage.Disk;
using Sluice.Storage.Files;

namespace Sluice.Storage.Logs;

/// <summary>
/// One entry of <c>log.dirs</c>: its lock, whom it belongs to, its checkpoints, and the partition directories in it. The logs
/// themselves are opened by whoever needs them, when they need them.
/// </summary>
/// <remarks>
/// What finds, makes and sets aside partitions is for the one thread that starts the node. The checkpoints, and what says so of itself,
/// may be used by any thread.
/// </remarks>
public sealed class LogDirectory : IDisposable
{
    private const string RecoveryPointsFile = "recovery-point-offset-checkpoint";
    private const string LogStartOffsetsFile = "log-start-offset-checkpoint";
    private const string HighWatermarksFile = "replication-offset-checkpoint";
    private const string CleanerOffsetsFile = "cleaner-offset-checkpoint";
    private const string CleanShutdownFile = ".kafka_cleanshutdown";
    private const string LockFile = ".lock";

    private readonly IDisk _disk;
    private readonly IDisposable _lock;
    private readonly List<string> _toDelete = [];
    private readonly Dictionary<PartitionName, string> _partitions = [];
    private readonly object _checkpoints = new();
    private readonly HashSet<PartitionName> _forgotten = [];
    private readonly Dictionary<PartitionName, long> _advanced = [];
    private readonly Dictionary<PartitionName, int> _lives = [];
    private readonly HashSet<string> _deleted = new(StringComparer.Ordinal);

    private LogDirectory(IDisk disk, string path, IDisposable @lock)
    {
        _disk = disk;
        _lock = @lock;
        Path = path;
        Reserve = new SpaceReserve(disk, path);
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>Room that is kept for the case that the disk is full.</summary>
    public SpaceReserve Reserve { get; }

    /// <summary>Whether the last run ended with <see cref="MarkCleanShutdown"/>; the mark itself is gone since <see cref="BeginUse"/>.</summary>
    public bool WasCleanShutdown { get; private set; }

    /// <summary>Whom the directory belongs to; null in a new one.</summary>
    public MetaProperties? Meta { get; private set; }

    /// <summary>The partition directories by name, as they were found and made since.</summary>
    public IReadOnlyDictionary<PartitionName, string> Partitions => _partitions;

    /// <summary>Directories left from deletions that the last run did not finish; for <see cref="DeletePartition"/>.</summary>
    public IReadOnlyList<string> ToDelete => _toDelete;

    /// <summary>How many directories that the metadata did not know were kept by earlier starts.</summary>
    public int Strays { get; private set; }

    /// <summary>Recovery points as last checkpointed; a missing one is 0.</summary>
    public IReadOnlyDictionary<PartitionName, long> RecoveryPoints { get; private set; } = new Dictionary<PartitionName, long>();

    /// <summary>Log start offsets as last checkpointed; a missing one is the first segment's base offset.</summary>
    public IReadOnlyDictionary<PartitionName, long> LogStartOffsets { get; private set; } = new Dictionary<PartitionName, long>();

    /// <summary>High watermarks as last checkpointed; a missing one is the log start offset.</summary>
    public IReadOnlyDictionary<PartitionName, long> HighWatermarks { get; private set; } = new Dictionary<PartitionName, long>();

    /// <summary>Up to where the cleaner has cleaned, as last checkpointed; a missing one has never been cleaned.</summary>
    public IReadOnlyDictionary<PartitionName, long> CleanerOffsets { get; private set; } = new Dictionary<PartitionName, long>();

    /// <summary>
    /// Makes the directory when missing, locks it, and reads what it says of itself. Changes nothing that it finds: whoever learns from
    /// <see cref="Meta"/> that the directory is another's leaves it as it was.
    /// </summary>
    /// <exception cref="DiskException">With <see cref="DiskErrorKind.Locked"/> when another process uses it; or the disk refused.</exception>
    public static LogDirectory Open(IDisk disk, string path)
    {
        if (!disk.DirectoryExists(path))
        {
            disk.CreateDirectory(path);
            disk.SyncDirectory(DiskExtensions.Parent(path));
        }
        var directory = new LogDirectory(disk, path, disk.Lock($"{path}/{LockFile}"));
        try
        {
            directory.Load();
            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Takes the mark of a clean shutdown away, durably, before anything is written: a crash from here on is none.</summary>
    /// <exception cref="DiskException">The disk refused.</exception>
    public void BeginUse()
    {
        string mark = $"{Path}/{CleanShutdownFile}";
        if (!_disk.FileExists(mark))
            return;
        _disk.DeleteFile(mark);
        _disk.SyncDirectory(Path);
    }

    /// <summary>Checks that the directory is where it was opened: what is open goes on working when it is taken away, and is lost. May run on any thread.</summary>
    /// <exception cref="DiskException">It is not there, or is another one; or the disk refused.</exception>
    public void CheckInPlace()
    {
        if (!_disk.IsLockInPlace($"{Path}/{LockFile}"))
            throw new DiskException(DiskErrorKind.NotFound, Path, "the data directory is gone: it was deleted, replaced or unmounted under the running node");
    }

    /// <summary>Says whom the directory belongs to from now on.</summary>
    public void WriteMeta(MetaProperties meta)
    {
        meta.Write(_disk, Path);
        Meta = meta;
    }

    /// <summary>Path of a partition's directory, whether it exists or not.</summary>
    public string PartitionPath(PartitionName partition) => $"{Path}/{partition}";

    /// <summary>What the checkpoints say of a partition, for <see cref="PartitionLog.Open"/>.</summary>
    public LogOpenOptions OpenOptions(PartitionName partition, long nowMs) =>
        new(RecoveryPoints.GetValueOrDefault(partition), LogStartOffsets.GetValueOrDefault(partition), WasCleanShutdown, nowMs, CleanedUpTo: CleanerOffsets.GetValueOrDefault(partition));

    /// <summary>Makes the directory of a new partition, with its <c>partition.metadata</c>.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="topicId">The topic's id as Kafka prints it.</param>
    /// <returns>Its path.</returns>
    public string CreatePartition(PartitionName partition, string topicId)
    {
        string path = PartitionPath(partition);
        _disk.CreateDirectory(path);
        PartitionMetadataFile.Write(_disk, path, topicId);
        _partitions[partition] = path;
        return path;
    }

    /// <summary>The topic id that a partition's directory says it belongs to, null when it does not say.</summary>
    public string? ReadTopicId(PartitionName partition) => PartitionMetadataFile.Read(_disk, PartitionPath(partition));

    /// <summary>Takes a partition out of <see cref="Partitions"/>, once its directory was renamed.</summary>
    public void Forget(PartitionName partition) => _partitions.Remove(partition);

    /// <summary>Renames the directory of a partition whose log is not open, durably, so that its name is free. May run on any thread.</summary>
    /// <param name="partition">A partition of a topic that was deleted.</param>
    /// <param name="uniqueId">Makes the name unique: a uuid without dashes.</param>
    /// <returns>The new path, for <see cref="DeletePartition"/>.</returns>
    public string RenameForDeletion(PartitionName partition, string uniqueId) =>
        Rename(partition, LogFileNames.Deleting(partition.Topic, partition.Partition, uniqueId));

    /// <summary>
    /// As <see cref="RenameForDeletion"/>, for a directory that nobody is known to have deleted: it ends with <c>-stray</c>, as Kafka's do,
    /// and is kept. May run on any thread.
    /// </summary>
    public string RenameAsStray(PartitionName partition, string uniqueId) =>
        Rename(partition, LogFileNames.Stray(partition.Topic, partition.Partition, uniqueId));

    /// <summary>Notes that a topic was deleted although directories of it keep their names: they may go when a name is needed. May run on any thread.</summary>
    public void NoteDeleted(string topicId)
    {
        lock (_checkpoints)
            _deleted.Add(topicId);
    }

    /// <summary>Whether <see cref="NoteDeleted"/> was told of a topic. May run on any thread.</summary>
    public bool IsDeleted(string topicId)
    {
        lock (_checkpoints)
            return _deleted.Contains(topicId);
    }

    /// <summary>Deletes a directory that <see cref="PartitionLog.Delete"/> renamed. May run on any thread.</summary>
    public void DeletePartition(string path)
    {
        if (!path.EndsWith(LogFileNames.DeleteDirectory, StringComparison.Ordinal))
            throw new ArgumentException($"{path} was not renamed for deletion.", nameof(path));
        if (_disk.DirectoryExists(path))
            _disk.DeleteDirectory(path);
    }

    /// <summary>Begins a round of checkpoints: what is written until the next round is read from the logs after this.</summary>
    public void BeginCheckpoints()
    {
        lock (_checkpoints)
        {
            _forgotten.Clear();
            _advanced.Clear();
        }
    }

    /// <summary>
    /// Takes out of the checkpoints, durably, what they say of older partitions of these names, and out of the round that is under way.
    /// To be called before a new partition of such a name takes its first record: a start offset that is not its own would cost it
    /// its records at the next start. May run on any thread.
    /// </summary>
    public void ForgetOffsets(IReadOnlyCollection<PartitionName> partitions)
    {
        lock (_checkpoints)
        {
            _forgotten.UnionWith(partitions);
            foreach (PartitionName partition in partitions)
            {
                if (!PlantedFaults.Has(PlantedFault.OlderPartitionStillWrites))
                    _lives[partition] = _lives.GetValueOrDefault(partition) + 1;
                _advanced.Remove(partition);
            }
            if (partitions.Any(LogStartOffsets.ContainsKey))
                LogStartOffsets = WriteStartOffsets(LogStartOffsets);
            if (partitions.Any(RecoveryPoints.ContainsKey))
                RecoveryPoints = Write(RecoveryPointsFile, RecoveryPoints);
            if (partitions.Any(HighWatermarks.ContainsKey))
                HighWatermarks = Write(HighWatermarksFile, HighWatermarks);
            if (partitions.Any(CleanerOffsets.ContainsKey) && !PlantedFaults.Has(PlantedFault.CleanerOffsetInherited))
                WriteCleanerOffsets(Remembered(CleanerOffsets));
        }
    }

    /// <summary>Whether a checkpoint on the disk may say something of a partition of this name. May run on any thread.</summary>
    public bool HasOffsets(PartitionName partition)
    {
        lock (_checkpoints)
            return LogStartOffsets.ContainsKey(partition) || RecoveryPoints.ContainsKey(partition) || HighWatermarks.ContainsKey(partition) || CleanerOffsets.ContainsKey(partition);
    }

    /// <summary>Writes the recovery points, durably. May run on any thread.</summary>
    public void WriteRecoveryPoints(IEnumerable<KeyValuePair<PartitionName, long>> offsets)
    {
        lock (_checkpoints)
            RecoveryPoints = Write(RecoveryPointsFile, offsets);
    }

    /// <summary>
    /// Moves the recovery points of some partitions back, durably: their logs were cut although they had been flushed beyond. Until then
    /// what is written after the cut would count as flushed at the next start. May run on any thread.
    /// </summary>
    public void LowerRecoveryPoints(IReadOnlyCollection<KeyValuePair<PartitionName, long>> offsets)
    {
        lock (_checkpoints)
        {
            var lowered = new Dictionary<PartitionName, long>(RecoveryPoints);
            foreach ((PartitionName partition, long offset) in offsets)
                lowered[partition] = Math.Min(offset, lowered.GetValueOrDefault(partition));
            RecoveryPoints = Write(RecoveryPointsFile, lowered);
        }
    }

    /// <summary>Writes the log start offsets of the partitions where it differs from the first segment's base offset, durably. May run on any thread.</summary>
    public void WriteLogStartOffsets(IEnumerable<KeyValuePair<PartitionName, long>> offsets)
    {
        lock (_checkpoints)
            LogStartOffsets = WriteStartOffsets(offsets);
    }

    /// <summary>Moves the log start offsets of some partitions forward in the checkpoint, durably, and in the round that is under way. May run on any thread.</summary>
    /// <param name="offsets">The partitions, with the life that <see cref="LifeOf"/> said when they were opened: nothing is written for one that is deleted since.</param>
    public void AdvanceLogStartOffsets(IReadOnlyCollection<(PartitionName Partition, int Life, long Offset)> offsets)
    {
        lock (_checkpoints)
        {
            foreach ((PartitionName partition, int life, long offset) in offsets)
            {
                if (life == _lives.GetValueOrDefault(partition))
                    _advanced[partition] = Math.Max(offset, _advanced.GetValueOrDefault(partition));
            }
            LogStartOffsets = WriteStartOffsets(LogStartOffsets);
        }
    }

    /// <summary>Tells the partitions apart that have one name one after the other: counts <see cref="ForgetOffsets"/>. May run on any thread.</summary>
    public int LifeOf(PartitionName partition)
    {
        lock (_checkpoints)
            return _lives.GetValueOrDefault(partition);
    }

    /// <summary>Notes up to where a partition is cleaned, durably. May run on any thread.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="life">What <see cref="LifeOf"/> said when it was opened: nothing is written when it is deleted since.</param>
    /// <param name="offset">The first offset that is not clean.</param>
    public void WriteCleanerOffset(PartitionName partition, int life, long offset)
    {
        lock (_checkpoints)
        {
            if (life == _lives.GetValueOrDefault(partition))
                WriteCleanerOffsets(new Dictionary<PartitionName, long>(CleanerOffsets) { [partition] = offset });
        }
    }

    /// <summary>Writes the high watermarks, durably. May run on any thread.</summary>
    public void WriteHighWatermarks(IEnumerable<KeyValuePair<PartitionName, long>> offsets)
    {
        lock (_checkpoints)
            HighWatermarks = Write(HighWatermarksFile, offsets);
    }

    /// <summary>Says that every log was closed cleanly and the checkpoints are written: the next start need not check the batches.</summary>
    public void MarkCleanShutdown() => _disk.Replace($"{Path}/{CleanShutdownFile}", "{\"version\":0,\"brokerEpoch\":-1}", durable: true);

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => _lock.Dispose();

    /// <summary>What was moved forward since the round began counts more than what the round has read from the logs.</summary>
    private Dictionary<PartitionName, long> WriteStartOffsets(IEnumerable<KeyValuePair<PartitionName, long>> offsets)
    {
        Dictionary<PartitionName, long> written = PlantedFaults.Has(PlantedFault.StartOffsetInherited) ? new(offsets) : Remembered(offsets);
        foreach ((PartitionName partition, long offset) in _advanced)
            written[partition] = Math.Max(offset, written.GetValueOrDefault(partition));
        OffsetCheckpoint.Write(_disk, $"{Path}/{LogStartOffsetsFile}", written);
        return written;
    }

    private void WriteCleanerOffsets(Dictionary<PartitionName, long> offsets)
    {
        OffsetCheckpoint.Write(_disk, $"{Path}/{CleanerOffsetsFile}", offsets);
        CleanerOffsets = offsets;
    }

    private Dictionary<PartitionName, long> Remembered(IEnumerable<KeyValuePair<PartitionName, long>> offsets) =>
        new(offsets.Where(entry => !_forgotten.Contains(entry.Key)));

    private Dictionary<PartitionName, long> Write(string file, IEnumerable<KeyValuePair<PartitionName, long>> offsets)
    {
        Dictionary<PartitionName, long> written = Remembered(offsets);
        OffsetCheckpoint.Write(_disk, $"{Path}/{file}", written);
        return written;
    }

    private void Load()
    {
        Meta = MetaProperties.Read(_disk, Path);
        RecoveryPoints = ReadCheckpoint(RecoveryPointsFile);
        LogStartOffsets = ReadCheckpoint(LogStartOffsetsFile);
        HighWatermarks = ReadCheckpoint(HighWatermarksFile);
        CleanerOffsets = ReadCheckpoint(CleanerOffsetsFile);
        WasCleanShutdown = _disk.FileExists($"{Path}/{CleanShutdownFile}");
        foreach (DiskEntry entry in _disk.List(Path))
        {
            if (!entry.IsDirectory)
                continue;
            if (LogFileNames.IsDeleting(entry.Name))
                _toDelete.Add($"{Path}/{entry.Name}");
            else if (entry.Name.EndsWith(LogFileNames.StrayDirectory, StringComparison.Ordinal))
                Strays++;
            else if (!entry.Name.EndsWith(LogFileNames.FutureDirectory, StringComparison.Ordinal) && LogFileNames.TryParsePartition(entry.Name, out string topic, out int partition))
                _partitions[new PartitionName(topic, partition)] = $"{Path}/{entry.Name}";
        }
    }

    private string Rename(PartitionName partition, string name)
    {
        string path = $"{Path}/{name}";
        _disk.Rename(PartitionPath(partition), path);
        _disk.SyncDirectory(Path);
        return path;
    }

    /// <summary>A damaged checkpoint counts as none: more is checked then, nothing is lost.</summary>
    private Dictionary<PartitionName, long> ReadCheckpoint(string file)
    {
        try
        {
            return OffsetCheckpoint.Read(_disk, $"{Path}/{file}");
        }
        catch (DiskException e) when (e.Kind == DiskErrorKind.Corrupt)
        {
            return [];
        }
    }
}
