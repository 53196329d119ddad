using Sluice.Core.Partitions;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Fetching;

/// <summary>
/// One Fetch request on its way: partitions are read by their owners, and where that gives less than the client wants the operation
/// waits for appends or for its deadline, reads again, and answers. It lives on the shard that received the request; finished ones are
/// used again.
/// </summary>
internal sealed class FetchOperation : ShardTimer
{
    private readonly FetchOperations _pool;
    private readonly FetchRequest _request = new();
    private readonly FetchAnswer _answer = new();
    private readonly FetchContext _context = new();
    private readonly FetchPart?[] _parts;
    private FetchResult[] _results = [];
    private RequestContext _client = null!;
    private State _state;
    private int _partsPending;
    private bool _hasReadable;
    private bool _answersNow;
    private long _bytesSeen;

    /// <param name="pool">Where the operation returns to.</param>
    /// <param name="shardCount">How many shards there are.</param>
    public FetchOperation(FetchOperations pool, int shardCount)
    {
        _pool = pool;
        _parts = new FetchPart?[shardCount];
    }

    private enum State
    {
        Idle,
        FirstRead,
        Waiting,
        LastRead,
    }

    /// <summary>Reads a request and answers it, now or later.</summary>
    public void Start(Shard shard, RequestContext client)
    {
        RequestReader.Read(shard, client, _request);
        _client = client;
        ErrorCode error = _context.Begin(shard, _pool.Sessions, _request, client.Version);
        if (error != ErrorCode.None)
        {
            client.Respond(FetchAnswer.Failed(error));
            Finish();
            return;
        }
        _bytesSeen = 0;
        _answersNow = false;
        if (_results.Length < _context.Targets.Count) _results = new FetchResult[Math.Max(_context.Targets.Count, _results.Length * 2)];
        Read(shard, State.FirstRead);
    }

    /// <summary>Answers at the deadline with what there is.</summary>
    public override void Fire(Shard shard) => Read(shard, State.LastRead);

    /// <summary>Takes back a part that another shard has read.</summary>
    public void PartIsRead(Shard shard, FetchPart part)
    {
        Invariant.Check(_parts[part.Owner] == part, "a fetch was given back a part that it does not await");
        if (--_partsPending == 0) AllIsRead(shard);
    }

    /// <summary>Learns of appends to partitions that it waits for.</summary>
    public void Wake(Shard shard, FetchPart part, long bytes, bool mustAnswer)
    {
        // A wake that crossed the end of the wait; the part is no longer this operation's.
        if (_parts[part.Owner] != part) return;
        _bytesSeen += bytes;
        _answersNow |= mustAnswer;
        if (_state == State.Waiting && (_answersNow || _bytesSeen >= _context.MinBytes)) Read(shard, State.LastRead);
    }

    private void Read(Shard shard, State state)
    {
        EndWaits(shard);
        shard.Timers.Cancel(this);
        _state = state;
        _hasReadable = false;
        for (int i = 0; i < _context.Targets.Count; i++)
        {
            FetchTarget target = _context.Targets[i];
            ErrorCode error = _context.Resolve(shard, target, out Uuid topicId);
            if (error != ErrorCode.None)
            {
                _results[i] = FetchResult.Failed(error);
                continue;
            }
            int owner = shard.OwnerOf(topicId, target.Partition);
            (_parts[owner] ??= new FetchPart(this, shard.Index, owner)).Add(i, target, topicId);
            _hasReadable = true;
        }
        SendParts(shard, mayWait: state == State.FirstRead && _request.MaxWaitMs > 0);
        if (_partsPending == 0) AllIsRead(shard);
    }

    private void SendParts(Shard shard, bool mayWait)
    {
        _partsPending = 0;
        for (int owner = 0; owner < _parts.Length; owner++)
        {
            if (_parts[owner] is not { Count: > 0 } part) continue;
            part.MaxBytes = _context.MaxBytes;
            part.MinBytes = _context.MinBytes;
            part.MayWait = mayWait;
            if (owner == shard.Index) continue;
            _partsPending++;
            shard.Host.Post(owner, part);
        }
        // The remote shards work while the own partitions are read.
        if (_parts[shard.Index] is { Count: > 0 } own && !own.TryRead(shard)) _partsPending++;
    }

    private void AllIsRead(Shard shard)
    {
        long total = 0;
        bool failed = false;
        foreach (FetchPart? part in _parts)
        {
            if (part is null) continue;
            foreach (ref readonly FetchRead read in part.Reads)
            {
                _results[read.Target] = read.Result;
                total += (long)read.Result.Bytes + read.Result.Withheld;
                failed |= read.Result.Error != ErrorCode.None || read.Result.DivergingEpoch >= 0;
            }
        }
        if (_state == State.LastRead || _request.MaxWaitMs <= 0 || !_hasReadable || failed || total >= _context.MinBytes)
        {
            Answer(shard);
            return;
        }
        if (!PlantedPartitionFaults.Has(PlantedPartitionFault.FewRecordsNotReleased)) ReleaseRecords();
        if (_answersNow || _bytesSeen + total >= _context.MinBytes)
        {
            // Appends came in while other shards still read.
            Read(shard, State.LastRead);
            return;
        }
        _bytesSeen += total;
        _state = State.Waiting;
        int waitMsMax = _client.Body.Length > Limits.LargeRequestBytes ? Limits.LargeFetchWaitMsMax : Limits.FetchWaitMsMax;
        shard.Timers.Schedule(this, shard.MonotonicMs + Math.Min(_request.MaxWaitMs, waitMsMax));
    }

    private void Answer(Shard shard)
    {
        EndWaits(shard);
        FitInto(_context.MaxBytes);
        FetchResponse response = _answer.Build(shard, _pool.Sessions, _context, _results);
        // The answer takes the files over with the records; where it leaves them out, they are ours to let go.
        if (response.ErrorCode != ErrorCode.None) ReleaseRecords();
        _client.Respond(response);
        Finish();
    }

    /// <summary>
    /// Drops what several shards have read beyond the limit together. The first records always stay, so that a batch larger than the
    /// limit can be read at all; what is dropped comes first in the next answer of its session.
    /// </summary>
    private void FitInto(int maxBytes)
    {
        long left = maxBytes;
        bool isFirst = true;
        for (int i = 0; i < _context.Targets.Count; i++)
        {
            ref FetchResult result = ref _results[i];
            if (result.Bytes == 0) continue;
            if (!isFirst && result.Bytes > left) Drop(ref result);
            isFirst = false;
            left -= result.Bytes;
        }
    }

    private static void Drop(ref FetchResult result)
    {
        if (PlantedPartitionFaults.Has(PlantedPartitionFault.DroppedRecordsNotReleased)) result.Records = Records.Empty;
        Release(ref result);
    }

    /// <summary>Leaves the lists of the partitions. A part that waits on another shard is its shard's to drop, and is not used again here.</summary>
    private void EndWaits(Shard shard)
    {
        for (int owner = 0; owner < _parts.Length; owner++)
        {
            if (_parts[owner] is not { } part) continue;
            if (owner == shard.Index)
            {
                part.StopWaiting();
            }
            else if (part.IsWaiting)
            {
                shard.Host.Post(owner, new FetchWaitEnd(part));
                _parts[owner] = null;
                continue;
            }
            part.Clear();
        }
    }

    private void ReleaseRecords()
    {
        for (int i = 0; i < _context.Targets.Count; i++) Release(ref _results[i]);
    }

    /// <summary>Lets go of the records of a result.</summary>
    internal static void Release(ref FetchResult result)
    {
        result.Records.Release();
        result.Records = Records.Empty;
        result.Bytes = 0;
    }

    private void Finish()
    {
        _state = State.Idle;
        _client = null!;
        bool isSmall = _context.Targets.Count <= Limits.KeptEntriesMax;
        _context.End();
        // What a huge request has made would stay for ever.
        if (isSmall) _pool.Return(this);
    }
}
