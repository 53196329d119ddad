using System.Runtime.InteropServices;
using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Producing;

/// <summary>
/// The part of a Produce request that one shard's partitions take. It goes to their owner as a message, is appended there, waits there
/// for the write at the end of the turn and for the flush that the topic may promise, and comes back as a message when every partition has its answer; where it stays at home it
/// is called directly.
/// </summary>
internal sealed class ProducePart : ShardTask, IAppendWaiter
{
    private const int PreparationPatienceMs = 100;

    private readonly ProduceOperation _operation;
    private readonly Deadline _deadline;
    private Entry[] _entries = new Entry[2];
    private int _count;
    private int _waiting;
    private int _round;
    private bool _isStarting;
    private bool _isDone;

    /// <param name="operation">The request.</param>
    /// <param name="home">The shard that received the request.</param>
    /// <param name="owner">The shard that owns the partitions.</param>
    public ProducePart(ProduceOperation operation, int home, int owner)
    {
        _operation = operation;
        Home = home;
        Owner = owner;
        _deadline = new Deadline(this);
    }

    /// <summary>The shard that received the request and will answer it.</summary>
    public int Home { get; }

    /// <summary>The shard that owns the partitions.</summary>
    public int Owner { get; }

    /// <summary>How many partitions the part appends to.</summary>
    public int Count => _count;

    /// <summary>The version of the request.</summary>
    public short Version { get; set; }

    /// <summary>What the client waits for: 0 nothing, 1 the leader, -1 all in-sync replicas.</summary>
    public short Acks { get; set; }

    /// <summary>How long the client lets the broker wait for that, in milliseconds.</summary>
    public int TimeoutMs { get; set; }

    /// <summary>Whether the client is an administration tool, which may write to internal topics.</summary>
    public bool MayWriteInternalTopics { get; set; }

    /// <summary>Forgets the last request.</summary>
    public void Clear()
    {
        Array.Clear(_entries, 0, _count);
        _count = 0;
        _isDone = false;
    }

    /// <summary>Adds a partition.</summary>
    /// <param name="topicId">The topic.</param>
    /// <param name="data">What to append.</param>
    /// <param name="response">Where the partition's answer goes; this part alone touches it until it is done.</param>
    public void Add(Uuid topicId, ProduceRequest.PartitionProduceData data, ProduceResponse.PartitionProduceResponse response)
    {
        if (_count == _entries.Length) Array.Resize(ref _entries, _count * 2);
        _entries[_count++] = new Entry { TopicId = topicId, Data = data, Response = response };
    }

    /// <inheritdoc/>
    public override void Run(Shard shard)
    {
        if (_isDone) _operation.PartIsDone(shard);
        else Start(shard);
    }

    /// <summary>Appends to the partitions, on their owner.</summary>
    public void Start(Shard owner)
    {
        _isStarting = true;
        _waiting = 0;
        for (int i = 0; i < _count; i++) Append(owner, i);
        _isStarting = false;
        if (_waiting == 0) Done(owner);
        else owner.Timers.Schedule(_deadline, owner.MonotonicMs + Math.Max(0, TimeoutMs));
    }

    /// <inheritdoc/>
    /// <remarks>The round is the one in which the part began to wait, another one is over already; the entry is one of its partitions.</remarks>
    public void Acknowledge(Shard owner, int round, int entry, ErrorCode error)
    {
        if (round != _round || !_entries[entry].IsWaiting) return;
        _entries[entry].IsWaiting = false;
        if (error != ErrorCode.None) Refuse(_entries[entry].Response, new BatchRefusal(error));
        if (--_waiting == 0 && !_isStarting) Done(owner);
    }

    private void Append(Shard owner, int index)
    {
        ref Entry entry = ref _entries[index];
        Partition? partition = owner.Partitions.Find(entry.TopicId, entry.Data.Index);
        if (partition is null)
        {
            Refuse(entry.Response, new BatchRefusal(ErrorCode.UnknownTopicOrPartition));
            return;
        }
        if (partition.IsInternal && !MayWriteInternalTopics)
        {
            Refuse(entry.Response, new BatchRefusal(ErrorCode.InvalidTopicException));
            return;
        }
        // The frame is the broker's own from its arrival to the answer, so offsets are written into it.
        Memory<byte> records = MemoryMarshal.AsMemory(entry.Data.Records.Memory);
        AppendAnswer answer = partition.IsPreparing ? new AppendAnswer { Refusal = BatchRefusal.NeedsTime } : Append(owner, partition, records);
        if (answer.Refusal == BatchRefusal.NeedsTime)
        {
            entry.IsPreparing = true;
            _waiting++;
            partition.AppendLater(owner, new BatchPreparation(this, _round, index, partition, records, owner.NowMs));
            return;
        }
        Take(partition, index, answer);
    }

    /// <summary>Told that a batch that was decoded off the shard is appended or refused.</summary>
    public void Prepared(Shard owner, int round, int index, Partition partition, AppendAnswer answer)
    {
        Invariant.Check(round == _round && _entries[index].IsPreparing, "a batch was prepared for a request that is over");
        _entries[index].IsPreparing = false;
        _waiting--;
        Take(partition, index, answer);
        if (_waiting == 0 && !_isStarting) Done(owner);
    }

    private void Take(Partition partition, int index, AppendAnswer answer)
    {
        ref Entry entry = ref _entries[index];
        entry.Response.LogStartOffset = answer.LogStartOffset;
        if (answer.Refusal is not null)
        {
            Refuse(entry.Response, answer.Refusal);
            return;
        }
        entry.Response.ErrorCode = ErrorCode.None;
        entry.Response.BaseOffset = answer.BaseOffset;
        entry.Response.LogAppendTimeMs = answer.LogAppendTimeMs;
        // Even with acks=0 the request must last until the turn's write: the frame holds what is written.
        entry.IsWaiting = true;
        _waiting++;
        partition.AcknowledgeLater(this, _round, index, answer.LastOffset, needsFlush: Acks != 0);
    }

    /// <summary>A bug that a batch finds in its checks is the batch's own misfortune; once the log is at work it is a broken invariant.</summary>
    private AppendAnswer Append(Shard owner, Partition partition, Memory<byte> records)
    {
        try
        {
            return partition.Append(owner, records, Version);
        }
        catch (Exception e) when (e is not InvariantException and not HaltedException)
        {
            owner.Apis.LogFailure(owner, $"a batch of {records.Length} bytes for {partition.Topic}-{partition.Id} could not be checked: {e.GetType().Name}: {e.Message}", e);
            return new AppendAnswer { Refusal = BatchRefusal.ByABug, BaseOffset = -1, LogAppendTimeMs = -1, LogStartOffset = -1 };
        }
    }

    private static void Refuse(ProduceResponse.PartitionProduceResponse response, BatchRefusal refusal)
    {
        response.ErrorCode = refusal.Code;
        response.BaseOffset = -1;
        response.LogAppendTimeMs = -1;
        response.ErrorMessage = refusal.Message;
        if (refusal.RecordErrors is not null) response.RecordErrors = refusal.RecordErrors;
    }

    private void TimeOut(Shard owner)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].IsWaiting) Acknowledge(owner, _round, i, ErrorCode.RequestTimedOut);
        }
        // What is being decoded lies in the request's frame: it is waited for, which does not take long.
        if (_waiting > 0) owner.Timers.Schedule(_deadline, owner.MonotonicMs + PreparationPatienceMs);
    }

    private void Done(Shard owner)
    {
        owner.Timers.Cancel(_deadline);
        _isDone = true;
        _round++;
        if (owner.Index == Home) _operation.PartIsDone(owner);
        else owner.Host.Post(Home, this);
    }

    private struct Entry
    {
        public Uuid TopicId;
        public ProduceRequest.PartitionProduceData Data;
        public ProduceResponse.PartitionProduceResponse Response;
        public bool IsWaiting;
        public bool IsPreparing;
    }

    private sealed class Deadline(ProducePart part) : ShardTimer
    {
        public override void Fire(Shard shard) => part.TimeOut(shard);
    }
}
