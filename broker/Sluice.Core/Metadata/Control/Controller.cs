using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Metadata.Log;
using Sluice.Core.Nodes;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;

namespace Sluice.Core.Metadata.Control;

/// <summary>
/// Changes the metadata; on shard 0 alone. A change is computed from the image of all that has been written, appended to the metadata
/// log as one batch, and replayed into the next image. When a flush has made it durable the image is published to every shard, and only
/// when all of them have it the change is answered. Changes that arrive while a flush runs share the next one.
/// </summary>
public sealed class Controller
{
    private readonly NodeContext _node;
    private readonly MetadataLog _log;
    private readonly DurableEnd _durable;
    private readonly MetadataSnapshots _snapshots;
    private readonly Queue<Written> _written = new();
    private readonly Queue<Waiting> _waiting = new();
    private readonly long[] _seenBy;
    private MetadataImage _image;
    private bool _isFlushing;
    private long _durableEnd;
    private long _lastRemoval = -1;

    internal Controller(NodeContext node, MetadataLog log, DurableEnd durable, MetadataSnapshots snapshots, MetadataImage image, int shardCount)
    {
        _node = node;
        _log = log;
        _durable = durable;
        _snapshots = snapshots;
        _image = image;
        _seenBy = new long[shardCount];
        Array.Fill(_seenBy, image.Offset);
    }

    /// <summary>The leader epoch of the metadata log: grows with each start of the node.</summary>
    public int Epoch => _log.Epoch;

    /// <summary>Sends a change to the controller, from any shard.</summary>
    internal static void Submit(Shard shard, ControllerOperation operation)
    {
        operation.SubmittedBy = shard.Index;
        if (shard.Controller is { } controller) controller.Run(shard, operation);
        else shard.Host.Post(0, new SubmitTask(operation));
    }

    /// <summary>Begins the timers: called once, before the first turn.</summary>
    internal void Start(Shard shard) => _snapshots.Start(shard);

    /// <summary>Closes the metadata log.</summary>
    /// <returns>Whether all of it is on the disk.</returns>
    internal bool Close(long nowMs) => _log.Close(nowMs);

    private void Run(Shard shard, ControllerOperation operation)
    {
        if (Compute(shard, operation) is not { } records) return;
        try
        {
            Apply(shard, operation, records);
        }
        catch (Exception e) when (e is not InvariantException and not HaltedException)
        {
            throw new InvariantException($"a change of the metadata failed after it was computed: {e.Message}", e);
        }
    }

    private void Apply(Shard shard, ControllerOperation operation, IReadOnlyList<ChangeRecord> records)
    {
        try
        {
            if (records.Count > 0) Write(shard, records);
        }
        catch (DiskException e)
        {
            Refuse(shard, operation, e);
            return;
        }
        // Without records of its own the answer may still rest on changes that are not durable yet: it waits for them all the same.
        _waiting.Enqueue(new Waiting(_image.Offset, operation));
        StartFlush(shard);
        CompleteSeen(shard);
    }

    /// <summary>The records of a change. It only looks at the image, so that a bug which a request finds here fails that request alone.</summary>
    private IReadOnlyList<ChangeRecord>? Compute(Shard shard, ControllerOperation operation)
    {
        try
        {
            return operation.Compute(new ChangeScope(_image, _node.Properties, shard.Host.Random));
        }
        catch (Exception e) when (e is not InvariantException and not HaltedException)
        {
            shard.Apis.LogFailure(shard, $"a change of the metadata could not be computed and was refused: {e.Message}", e);
            Complete(shard, operation, ErrorCode.UnknownServerError);
            return null;
        }
    }

    private void Write(Shard shard, IReadOnlyList<ChangeRecord> records)
    {
        var delta = new MetadataDelta(_image);
        foreach (ChangeRecord record in records) delta.Replay(record.Record);
        MetadataAppend append = Append(shard, records);
        Invariant.Check(append.FirstOffset == _image.Offset + 1, "the metadata log and its image do not end at the same offset");
        _image = delta.Apply(append.LastOffset, _log.Epoch);
        _written.Enqueue(new Written(_image, delta, append));
    }

    /// <summary>A full disk must not keep its topics from being deleted: what the metadata needs comes from the reserve.</summary>
    private MetadataAppend Append(Shard shard, IReadOnlyList<ChangeRecord> records)
    {
        try
        {
            return _log.Append(records, shard.NowMs);
        }
        catch (DiskException e) when (e.Kind == DiskErrorKind.NoSpace && _node.Logs.Reserve.TryGiveUp())
        {
            DirectoryWatch.ReportFull(shard.Host, _node.DataDirectory);
            return _log.Append(records, shard.NowMs);
        }
    }

    private void Refuse(Shard shard, ControllerOperation operation, DiskException error)
    {
        if (_log.IsFailed)
        {
            shard.Host.Halt("the metadata log can no longer be written", error);
            return;
        }
        shard.Host.Log(LogSeverity.Error, "a change of the metadata could not be written and was refused", error);
        Complete(shard, operation, ErrorCode.KafkaStorageError);
    }

    private void StartFlush(Shard shard)
    {
        if (_isFlushing || _written.Count == 0) return;
        if (_log.BeginFlush() is not { } ticket) return;
        _isFlushing = true;
        shard.Host.RunInBackground(new FlushTask(this, ticket));
    }

    private void CompleteFlush(Shard shard, FlushTicket ticket)
    {
        _isFlushing = false;
        try
        {
            _log.CompleteFlush(ticket, shard.NowMs);
        }
        catch (DiskException e)
        {
            shard.Host.Halt("the metadata log could not be flushed", e);
            return;
        }
        _durableEnd = ticket.UpToOffset;
        PublishDurable(shard);
        StartFlush(shard);
        CompleteSeen(shard);
    }

    /// <summary>
    /// Publishes what is durable. After topics were removed the next change waits until every shard has let their directories go: it
    /// may create topics of the same names, on other shards.
    /// </summary>
    private void PublishDurable(Shard shard)
    {
        while (_written.TryPeek(out Written written) && written.Image.Offset < _durableEnd && _seenBy.Min() >= _lastRemoval)
        {
            _written.Dequeue();
            Publish(shard, written);
            if (written.Delta.Topics.Removed.Count > 0) _lastRemoval = written.Image.Offset;
        }
    }

    private void Publish(Shard shard, Written written)
    {
        shard.Publish(written.Image, written.Delta);
        _seenBy[shard.Index] = written.Image.Offset;
        for (int other = 1; other < _seenBy.Length; other++) shard.Host.Post(other, new PublishTask(this, written.Image, written.Delta));
        _snapshots.Published(shard, written.Image, written.Append);
    }

    private void Seen(Shard shard, int by, long offset)
    {
        _seenBy[by] = offset;
        PublishDurable(shard);
        CompleteSeen(shard);
    }

    private void CompleteSeen(Shard shard)
    {
        long offset = _seenBy.Min();
        while (_waiting.TryPeek(out Waiting waiting) && waiting.Offset <= offset)
        {
            _waiting.Dequeue();
            Complete(shard, waiting.Operation, ErrorCode.None);
        }
    }

    private static void Complete(Shard shard, ControllerOperation operation, ErrorCode error)
    {
        var task = new CompleteTask(operation, error);
        if (operation.SubmittedBy == shard.Index) task.Run(shard);
        else shard.Host.Post(operation.SubmittedBy, task);
    }

    private readonly record struct Written(MetadataImage Image, MetadataDelta Delta, MetadataAppend Append);

    private readonly record struct Waiting(long Offset, ControllerOperation Operation);

    private sealed class SubmitTask(ControllerOperation operation) : ShardTask
    {
        public override void Run(Shard shard) => shard.Controller!.Run(shard, operation);
    }

    private sealed class CompleteTask(ControllerOperation operation, ErrorCode error) : ShardTask
    {
        public override void Run(Shard shard)
        {
            if (error == ErrorCode.None) operation.Succeed(shard);
            else operation.Fail(shard, error);
        }
    }

    private sealed class PublishTask(Controller controller, MetadataImage image, MetadataDelta delta) : ShardTask
    {
        public override void Run(Shard shard)
        {
            shard.Publish(image, delta);
            shard.Host.Post(0, new SeenTask(controller, shard.Index, image.Offset));
        }
    }

    private sealed class SeenTask(Controller controller, int by, long offset) : ShardTask
    {
        public override void Run(Shard shard) => controller.Seen(shard, by, offset);
    }

    private sealed class FlushTask(Controller controller, FlushTicket ticket) : BackgroundTask
    {
        public override void Execute()
        {
            ticket.Execute();
            if (ticket.Error is null) controller._durable.Note(ticket.UpToOffset);
        }

        public override void Complete(Shard shard, Exception? error)
        {
            if (error is null) controller.CompleteFlush(shard, ticket);
            else shard.Host.Halt("the metadata log could not be flushed", error);
        }
    }
}
