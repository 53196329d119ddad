using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Storage.Logs;

namespace Sluice.Core.Fetching;

/// <summary>
/// The part of a fetch that one shard's partitions answer. It goes to their owner as a message, is read there, and comes back as a
/// message; where it stays at home it is called directly. A part that found too little leaves <see cref="FetchWait"/>s with its
/// partitions, which report appends until the fetch is over.
/// </summary>
internal sealed class FetchPart : ShardTask
{
    /// <summary>An index and a range of batches may have to be brought into memory for one read.</summary>
    private const int TriesMax = 4;

    private readonly FetchOperation _operation;
    private FetchRead[] _reads = new FetchRead[4];
    private FetchWait[] _waits = [];
    private int _waitCount;
    private int _tries;
    private bool _isRead;
    private bool _wakeIsDue;
    private bool _isOver;
    private long _bytesAppended;
    private bool _mustAnswer;

    /// <param name="operation">The fetch.</param>
    /// <param name="home">The shard that received the fetch.</param>
    /// <param name="owner">The shard that owns the partitions.</param>
    public FetchPart(FetchOperation operation, int home, int owner)
    {
        _operation = operation;
        Home = home;
        Owner = owner;
    }

    /// <summary>The shard that received the fetch and will answer it.</summary>
    public int Home { get; }

    /// <summary>The shard that owns the partitions.</summary>
    public int Owner { get; }

    /// <summary>How many bytes the fetch still takes, over all its partitions.</summary>
    public int MaxBytes { get; set; }

    /// <summary>How many bytes make the fetch worth answering before its deadline.</summary>
    public int MinBytes { get; set; }

    /// <summary>Whether appends are to be reported if this read finds too little.</summary>
    public bool MayWait { get; set; }

    /// <summary>How many partitions the part reads.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the part has left waits with its partitions.</summary>
    public bool IsWaiting => _waitCount > 0;

    /// <summary>Begins a new round of reads.</summary>
    public void Clear()
    {
        Count = 0;
        _tries = 0;
        _isRead = false;
        _isOver = false;
        _bytesAppended = 0;
        _mustAnswer = false;
    }

    /// <summary>Adds a partition to this round.</summary>
    public void Add(int index, FetchTarget target, Uuid topicId)
    {
        if (Count == _reads.Length) Array.Resize(ref _reads, Count * 2);
        ref FetchRead read = ref _reads[Count++];
        read.Target = index;
        read.TopicId = topicId;
        read.Partition = target.Partition;
        read.FetchOffset = target.FetchOffset;
        read.MaxBytes = target.MaxBytes;
        read.CurrentLeaderEpoch = target.CurrentLeaderEpoch;
        read.LastFetchedEpoch = target.LastFetchedEpoch;
        read.Result = default;
    }

    /// <summary>The reads of this round with their results.</summary>
    public ReadOnlySpan<FetchRead> Reads => _reads.AsSpan(0, Count);

    /// <inheritdoc/>
    public override void Run(Shard shard)
    {
        if (_isRead)
        {
            _operation.PartIsRead(shard, this);
            return;
        }
        if (TryRead(shard)) shard.Host.Post(Home, this);
    }

    /// <summary>
    /// Reads the partitions, on their owner. False when something has to be brought into memory first, so as not to make the shard wait
    /// for the device; the part then tells its operation when it is read.
    /// </summary>
    public bool TryRead(Shard owner)
    {
        _tries++;
        List<ColdRead>? cold = null;
        int budget = MaxBytes;
        long total = 0, withheld = 0;
        bool failed = false;
        for (int i = 0; i < Count; i++)
        {
            ref FetchRead read = ref _reads[i];
            Read(owner, ref read, Math.Min(read.MaxBytes, budget), firstBatchAlways: total == 0 && cold is null);
            failed |= read.Result.Error != ErrorCode.None || read.Result.DivergingEpoch >= 0;
            total += read.Result.Bytes;
            withheld += read.Result.Withheld;
            long taken = read.Result.Bytes;
            if (read.Result.Cold is { } missing)
            {
                (cold ??= []).Add(missing);
                read.Result.Cold = null;
                taken = Math.Min(missing.Bytes, read.MaxBytes);
            }
            budget = (int)Math.Max(0, budget - taken);
        }
        if (cold is not null)
        {
            for (int i = 0; i < Count; i++) FetchOperation.Release(ref _reads[i].Result);
            owner.Host.RunInBackground(new ColdReads(this, cold));
            return false;
        }
        _isRead = true;
        if (MayWait && !failed && total + withheld < MinBytes) Wait(owner);
        return true;
    }

    /// <summary>What was not in memory now is; called on the owner.</summary>
    public void ReadAgain(Shard owner)
    {
        if (!TryRead(owner)) return;
        if (owner.Index == Home) _operation.PartIsRead(owner, this);
        else owner.Host.Post(Home, this);
    }

    private void Read(Shard owner, ref FetchRead read, int maxBytes, bool firstBatchAlways)
    {
        try
        {
            // Pages may be dropped again as soon as they are read: after some rounds the shard rather waits than tries for ever.
            bool mayWait = _tries >= TriesMax;
            if (owner.Partitions.Find(read.TopicId, read.Partition) is { } partition) PartitionReader.Read(owner, partition, ref read, maxBytes, firstBatchAlways, mayWait);
            else read.Result = FetchResult.Failed(ErrorCode.UnknownTopicOrPartition);
        }
        catch (Exception e) when (e is not InvariantException and not HaltedException)
        {
            owner.Apis.LogFailure(owner, $"partition {read.Partition} of topic {read.TopicId} could not be read at {read.FetchOffset}: {e.GetType().Name}: {e.Message}", e);
            read.Result = FetchResult.Failed(ErrorCode.UnknownServerError);
        }
    }

    /// <summary>Told by a partition that appends became visible; called on the owner, at most once a turn and partition.</summary>
    public void BytesAppended(Shard owner, FetchWait wait, long bytes)
    {
        long counted = Math.Min(bytes, wait.BytesLeft);
        wait.BytesLeft -= counted;
        _bytesAppended += counted;
        WakeAtTurnEnd(owner);
    }

    /// <summary>Told by a partition that something else happened which the client must learn of now, such as its deletion.</summary>
    public void MustAnswer(Shard owner)
    {
        _mustAnswer = true;
        WakeAtTurnEnd(owner);
    }

    /// <summary>Tells the fetch what the turn brought; called by the owner at the end of its turn.</summary>
    public void Wake(Shard owner)
    {
        _wakeIsDue = false;
        if (_isOver) return;
        long bytes = _bytesAppended;
        bool mustAnswer = _mustAnswer;
        _bytesAppended = 0;
        if (owner.Index == Home) _operation.Wake(owner, this, bytes, mustAnswer);
        else owner.Host.Post(Home, new FetchWake(_operation, this, bytes, mustAnswer));
    }

    /// <summary>Takes the part's waits out of the partitions' lists; called on the owner.</summary>
    public void StopWaiting()
    {
        _isOver = true;
        for (int i = 0; i < _waitCount; i++)
        {
            FetchWait wait = _waits[i];
            wait.Partition?.Remove(wait);
        }
        _waitCount = 0;
    }

    private void WakeAtTurnEnd(Shard owner)
    {
        if (_wakeIsDue || _isOver) return;
        _wakeIsDue = true;
        owner.Partitions.WakeAtTurnEnd(this);
    }

    private void Wait(Shard owner)
    {
        if (_waits.Length < Count) Array.Resize(ref _waits, Math.Max(Count, _waits.Length * 2));
        for (int i = 0; i < Count; i++)
        {
            FetchWait wait = _waits[i] ??= new FetchWait();
            wait.Part = this;
            wait.BytesLeft = Math.Max(1, _reads[i].MaxBytes - _reads[i].Result.Bytes - _reads[i].Result.Withheld);
            owner.Partitions.Find(_reads[i].TopicId, _reads[i].Partition)!.Add(wait);
        }
        _waitCount = Count;
    }
}

/// <summary>Tells a fetch on another shard that appends became visible in partitions that it waits for.</summary>
internal sealed class FetchWake(FetchOperation operation, FetchPart part, long bytes, bool mustAnswer) : ShardTask
{
    /// <inheritdoc/>
    public override void Run(Shard shard) => operation.Wake(shard, part, bytes, mustAnswer);
}

/// <summary>Ends the waits of a fetch that was answered, on the shard that holds them.</summary>
internal sealed class FetchWaitEnd(FetchPart part) : ShardTask
{
    /// <inheritdoc/>
    public override void Run(Shard shard) => part.StopWaiting();
}
