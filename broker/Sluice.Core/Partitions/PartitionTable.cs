using System.Collections.Immutable;
using Sluice.Core.Cleaning;
using Sluice.Core.Configuration;
using Sluice.Core.Fetching;
using Sluice.Core.Listing;
using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Producing;
using Sluice.Core.Retention;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Storage.Disk;
using Sluice.Storage.Files;
using Sluice.Storage.Logs;

namespace Sluice.Core.Partitions;

/// <summary>The partitions that a shard owns, and what they do together at the end of each of its turns.</summary>
public sealed class PartitionTable
{
    private readonly Dictionary<(Uuid Topic, int Partition), Partition> _partitions = [];
    private readonly Dictionary<Uuid, PartitionSettings> _settings = [];
    private readonly Shard _shard;
    private readonly Dictionary<PartitionName, DiskException> _heldBack = [];
    private List<Partition> _turn = [];
    private List<Partition> _nextTurn = [];
    private List<FetchPart> _wakes = [];
    private List<FetchPart> _nextWakes = [];

    private readonly LogRetention _retention;
    private readonly IdleFiles _idleFiles;
    private readonly Checkpoints? _checkpoints;
    private bool _isStarted;

    internal PartitionTable(Shard shard)
    {
        _shard = shard;
        ProducerExpirationMs = shard.Node.Limits.ProducerExpirationMs;
        Logs = new PartitionLogs(shard);
        Preparations = new BatchPreparations(shard);
        Searches = new TimestampSearches(shard);
        Rewriter = new BatchRewriter(shard.Node.Limits.DecompressedBatchBytesMax);
        _retention = new LogRetention(this);
        _idleFiles = new IdleFiles(Logs.Files);
        if (shard.Index != 0) return;
        _checkpoints = new Checkpoints();
        Cleaner = new LogCleaner();
    }

    /// <summary>Compacts the logs of all shards; on shard 0 only.</summary>
    public LogCleaner? Cleaner { get; }

    /// <summary>How many partitions the shard owns.</summary>
    public int Count => _partitions.Count;

    /// <summary>What each partition holds; on the shard's own thread.</summary>
    public IEnumerable<PartitionStatistics> Statistics()
    {
        foreach (Partition partition in _partitions.Values)
        {
            PartitionLog? log = partition.Log is { IsFailed: false } open ? open : null;
            yield return new PartitionStatistics(
                partition.Topic, partition.Id, log is not null, log?.SizeInBytes ?? 0, log?.SegmentCount ?? 0, log?.LogStartOffset ?? 0, log?.LogEndOffset ?? 0,
                log is null ? 0 : FutureRecords.HeldMs(_shard, log));
        }
    }

    /// <summary>Milliseconds without a write after which a producer is forgotten (producer.id.expiration.ms, which can change at run time).</summary>
    internal long ProducerExpirationMs { get; set; }

    /// <summary>Whether the end of the turn has anything to do.</summary>
    internal bool HasTurnWork => _turn.Count > 0 || _wakes.Count > 0;

    /// <summary>The shard's buffers for batches that have to be decoded.</summary>
    internal BatchRewriter Rewriter { get; }

    /// <summary>The batches that are decoded off the shard.</summary>
    internal BatchPreparations Preparations { get; }

    /// <summary>The searches by time that go on off the shard.</summary>
    internal TimestampSearches Searches { get; }

    /// <summary>Opens and deletes the logs.</summary>
    internal PartitionLogs Logs { get; }

    /// <summary>The partitions, in no order that means anything.</summary>
    internal IReadOnlyCollection<Partition> All => _partitions.Values;

    /// <summary>The partition; null when this shard does not own it, or it does not exist.</summary>
    internal Partition? Find(Uuid topic, int partition) => _partitions.GetValueOrDefault((topic, partition));

    /// <summary>Has a partition's <see cref="Partition.EndTurn"/> called when the turn ends.</summary>
    internal void AtTurnEnd(Partition partition)
    {
        if (partition.IsInTurn) return;
        partition.IsInTurn = true;
        _turn.Add(partition);
    }

    /// <summary>Has a waiting fetch told at the end of the turn what the turn brought.</summary>
    internal void WakeAtTurnEnd(FetchPart part) => _wakes.Add(part);

    /// <summary>
    /// Ends a turn. First all writes, which acknowledge and advance high watermarks; then the fetches that waited for them, each once, however many of its
    /// partitions grew.
    /// </summary>
    internal void EndTurn()
    {
        (_turn, _nextTurn) = (_nextTurn, _turn);
        foreach (Partition partition in _nextTurn)
        {
            partition.IsInTurn = false;
            partition.EndTurn(_shard);
        }
        _nextTurn.Clear();
        (_wakes, _nextWakes) = (_nextWakes, _wakes);
        foreach (FetchPart part in _nextWakes) part.Wake(_shard);
        _nextWakes.Clear();
    }

    /// <summary>Creates, reconfigures and removes partitions as the metadata says. The first call is the node's start.</summary>
    internal void Apply(MetadataImage image, MetadataDelta delta)
    {
        foreach (TopicImage topic in delta.Topics.Removed) Remove(topic);
        RefreshSettings(image, delta);
        ForgetOlder(delta);
        foreach (TopicDelta topic in delta.Topics.Changed)
        {
            foreach (int partition in topic.ChangedPartitions) Put(image, topic.After, topic.After.Partitions[partition]);
        }
        _heldBack.Clear();
        if (_isStarted) return;
        _isStarted = true;
        NoteCuts();
        _retention.Start(_shard);
        _idleFiles.Start(_shard);
        _checkpoints?.Start(_shard);
        Cleaner?.Start(_shard);
    }

    /// <summary>Closes every log: the node stops. Background work that was started is over.</summary>
    /// <returns>Whether all of them are whole on the disk.</returns>
    internal bool Close()
    {
        bool isClean = new PartitionClosing(_shard, _partitions.Values).Run();
        Logs.Files.Dispose();
        Rewriter.Dispose();
        Preparations.Dispose();
        return isClean;
    }

    /// <summary>Lets a log go that its partition no longer uses.</summary>
    internal void Retire(Partition partition, PartitionLog log, LogFate fate)
    {
        try
        {
            if (fate == LogFate.Delete) Logs.Delete(partition, log);
            else log.Close(clean: false, _shard.NowMs);
        }
        catch (DiskException e)
        {
            NotLetGo(partition, fate, e);
        }
    }

    /// <summary>Frees the name of a deleted partition that has no log: its directory may hold one that could not be opened, or failed.</summary>
    internal void DeleteOffline(Partition partition)
    {
        try
        {
            Logs.DeleteOffline(partition);
        }
        catch (DiskException e)
        {
            NotLetGo(partition, LogFate.Delete, e);
        }
    }

    private void NotLetGo(Partition partition, LogFate fate, DiskException error)
    {
        if (fate == LogFate.Delete) _shard.Node.Logs.NoteDeleted(partition.TopicId.ToString());
        _shard.Host.Log(LogSeverity.Warning, $"the files of {partition.Topic}-{partition.Id} could not be let go", error);
    }

    private void Remove(TopicImage topic)
    {
        _settings.Remove(topic.Id);
        for (int i = 0; i < topic.Partitions.Length; i++)
        {
            if (_partitions.Remove((topic.Id, i), out Partition? partition)) partition.Leave(_shard);
        }
    }

    private void RefreshSettings(MetadataImage image, MetadataDelta delta)
    {
        foreach (ConfigResource resource in delta.Configs.Changed)
        {
            if (resource.Type == ConfigResourceType.Broker)
            {
                // A default of the broker reaches every topic that has no value of its own.
                _settings.Clear();
                foreach (TopicImage topic in image.Topics.All) Reconfigure(image, topic);
                return;
            }
            if (resource.Type != ConfigResourceType.Topic || image.Topics.ByName(resource.Name) is not { } changed) continue;
            _settings.Remove(changed.Id);
            Reconfigure(image, changed);
        }
    }

    private void Reconfigure(MetadataImage image, TopicImage topic)
    {
        foreach (PartitionImage partition in topic.Partitions)
        {
            if (partition.Id > 0 && PlantedPartitionFaults.Has(PlantedPartitionFault.SettingsOfFirstPartitionOnly)) continue;
            if (_partitions.TryGetValue((topic.Id, partition.Id), out Partition? held)) held.Update(_shard, partition, SettingsOf(image, topic));
        }
    }

    private bool Owns(TopicImage topic, PartitionImage partition) =>
        _shard.OwnerOf(topic.Id, partition.Id) == _shard.Index && partition.Replicas.Contains(_shard.Node.NodeId);

    private void ForgetOlder(MetadataDelta delta)
    {
        var made = new List<PartitionName>();
        foreach (TopicDelta topic in delta.Topics.Changed)
        {
            foreach (int partition in topic.ChangedPartitions)
            {
                if (Owns(topic.After, topic.After.Partitions[partition]) && !_partitions.ContainsKey((topic.After.Id, partition)))
                    made.Add(new PartitionName(topic.After.Name, partition));
            }
        }
        try
        {
            Logs.ForgetOlder(made, isBoot: !_isStarted);
        }
        catch (DiskException e)
        {
            if (!e.Passes) DirectoryFailure.Halt(_shard, "taking deleted partitions out of the checkpoints failed", e);
            foreach (PartitionName name in made.Where(_shard.Node.Logs.HasOffsets)) _heldBack[name] = e;
        }
    }

    private void NoteCuts()
    {
        try
        {
            Logs.NoteCuts();
        }
        catch (DiskException e)
        {
            if (!e.Passes) DirectoryFailure.Halt(_shard, "moving recovery points back failed", e);
            _shard.Host.Log(LogSeverity.Warning, "recovery points could not be moved back; the next checkpoint does it", e);
        }
    }

    private void Put(MetadataImage image, TopicImage topic, PartitionImage partition)
    {
        if (!Owns(topic, partition)) return;
        PartitionSettings settings = SettingsOf(image, topic);
        if (_partitions.TryGetValue((topic.Id, partition.Id), out Partition? held))
        {
            held.Update(_shard, partition, settings);
            return;
        }
        var created = new Partition(topic.Id, topic.Name, partition, settings);
        _partitions.Add((topic.Id, partition.Id), created);
        if (_heldBack.TryGetValue(new PartitionName(topic.Name, partition.Id), out DiskException? error))
        {
            created.GoOffline(_shard, "an older partition of its name could not be taken out of the checkpoints, whose offsets would cost it its records; when the disk has room again a restart brings it online", error);
            return;
        }
        try
        {
            created.GoOnline(_shard, Logs.Open(created, settings.Log, isBoot: !_isStarted));
        }
        catch (DiskException e)
        {
            created.GoOffline(_shard, "its log cannot be opened", e);
        }
    }

    private PartitionSettings SettingsOf(MetadataImage image, TopicImage topic)
    {
        if (_settings.TryGetValue(topic.Id, out PartitionSettings? settings)) return settings;
        var resolver = new ConfigResolver(_shard.Node.Properties, image.Configs);
        IReadOnlyDictionary<string, string> own = image.Configs.Of(ConfigResource.Topic(topic.Name));
        settings = PartitionSettings.Create(name => resolver.TopicValue(TopicConfigs.Table[name], own));
        _settings.Add(topic.Id, settings);
        return settings;
    }
}
