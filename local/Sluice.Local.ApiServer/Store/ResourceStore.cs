using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Store;

/// <summary>Why a conditional write was not done.</summary>
internal enum StoreConflict
{
    Exists,
    Missing,
    Changed,
}

/// <summary>A write whose condition did not hold any more.</summary>
internal sealed class StoreConflictException(StoreConflict conflict) : Exception($"the object is in conflict: {conflict}")
{
    public StoreConflict Conflict { get; } = conflict;
}

/// <summary>All committed objects at one revision.</summary>
internal sealed record StoreState(long Revision, ImmutableDictionary<string, ObjectSet> Kinds)
{
    public ObjectSet Of(string kind) => Kinds.TryGetValue(kind, out var set) ? set : ObjectSet.Empty;
}

/// <summary>
/// Objects by kind and key, with one revision that grows over all of them. Writers are ordered by a lock and see each other's
/// writes at once (the head); a thread of its own appends what waits to the journal with one flush, and only then readers and
/// watchers see it and the writers get their answer: nothing is ever shown that a crash could take back.
/// </summary>
internal sealed class ResourceStore : IDisposable
{
    /// <summary>A shorter journal is not worth a snapshot.</summary>
    public const long JournalBytesMin = 8 << 20;

    private readonly Lock _gate = new();
    private readonly Lock _publishing = new();
    private readonly string _directory;
    private readonly int _historyPerKind;
    private readonly long _journalBytesMin;
    private readonly Thread _writer;
    private readonly SemaphoreSlim _work = new(0);
    private readonly Dictionary<string, ObjectSet> _head = [];
    private readonly Dictionary<string, EventLog> _logs = [];
    private readonly long _historyFloor;
    private List<Pending> _pending = [];
    private long _headRevision;
    private volatile StoreState _committed;
    private Exception? _failure;
    private volatile bool _closing;
    private SafeFileHandle _journal;
    private SafeFileHandle? _folder;
    private long _journalBytes;
    private long _snapshotBytes;

    private ResourceStore(string directory, int historyPerKind, long journalBytesMin, RecoveredStore recovered)
    {
        _journalBytesMin = journalBytesMin;
        _directory = directory;
        _historyPerKind = historyPerKind;
        _historyFloor = recovered.SnapshotRevision;
        TornBytes = recovered.TornBytes;
        foreach (var (kind, objects) in recovered.Base)
            _head[kind] = ObjectSet.FromSorted(objects.Values);
        _headRevision = recovered.SnapshotRevision;
        foreach (var record in recovered.Changes)
            Replay(record);
        _committed = new StoreState(_headRevision, _head.ToImmutableDictionary());
        (_journal, _journalBytes) = OpenJournal();
        _writer = new Thread(WriteLoop) { IsBackground = true, Name = "api-store" };
        _writer.Start();
    }

    /// <summary>Called on the writer's thread with each committed change, before anybody gets an answer; must be quick and not throw.</summary>
    public event Action<StoreEvent>? Committed;

    /// <summary>Bytes of an unfinished write that the start cut off the journal.</summary>
    public long TornBytes { get; }

    public StoreState State => _committed;

    /// <summary>A revision up to which every change can be read from the logs, so that a bookmark may name it.</summary>
    public long PublishedRevision
    {
        get
        {
            lock (_publishing)
                return _committed.Revision;
        }
    }

    /// <summary>The objects of a kind as they were at a revision; null when that is forgotten.</summary>
    public ObjectSet? At(string kind, long revision)
    {
        lock (_publishing)
            return LogOf(kind).At(revision, _committed.Of(kind));
    }

    /// <summary>Opens the store in a folder, which is made when it is missing.</summary>
    /// <param name="directory">The folder; no other store may use it.</param>
    /// <param name="historyPerKind">Changes of a kind that watchers can still read.</param>
    /// <param name="journalBytesMin">From this size on a journal is replaced by a snapshot, when it outgrows that.</param>
    /// <exception cref="InvalidDataException">A file is damaged where no crash could have done it.</exception>
    public static ResourceStore Open(string directory, int historyPerKind = 2048, long journalBytesMin = JournalBytesMin)
    {
        Directory.CreateDirectory(directory);
        var folder = StoreFiles.Lock(directory);
        try
        {
            return new ResourceStore(directory, historyPerKind, journalBytesMin, StoreRecovery.Read(directory)) { _folder = folder };
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The newest state of an object, which may not be on disk yet: for those who will write it with a condition.</summary>
    public StoredObject? Head(string kind, string key)
    {
        lock (_gate)
            return _head.TryGetValue(kind, out var set) ? set.Find(key) : null;
    }

    public ObjectSet HeadOf(string kind)
    {
        lock (_gate)
            return _head.TryGetValue(kind, out var set) ? set : ObjectSet.Empty;
    }

    public EventLog LogOf(string kind)
    {
        lock (_gate)
        {
            if (!_logs.TryGetValue(kind, out var log))
                _logs[kind] = log = new EventLog(_historyFloor, _historyPerKind);
            return log;
        }
    }

    /// <summary>
    /// Writes an object, whose metadata.resourceVersion is set to the new revision. The body belongs to the store from here on.
    /// </summary>
    /// <param name="kind">The kind's name in the store.</param>
    /// <param name="key">"namespace/name" or name.</param>
    /// <param name="expected">The revision that the object must have; 0 when it must not exist.</param>
    /// <param name="body">The whole object.</param>
    /// <exception cref="StoreConflictException">The condition does not hold.</exception>
    public Task<StoredObject> PutAsync(string kind, string key, long expected, JsonObject body) =>
        Enqueue(kind, key, expected, body, ChangeType.Put);

    /// <summary>Deletes an object at a revision; the body is its last state, which watchers are told.</summary>
    /// <exception cref="StoreConflictException">The object is at another revision, or gone.</exception>
    public Task<StoredObject> DeleteAsync(string kind, string key, long expected, JsonObject lastBody) =>
        Enqueue(kind, key, expected, lastBody, ChangeType.Delete);

    public void Dispose()
    {
        _closing = true;
        _work.Release();
        _writer.Join();
        _journal.Dispose();
        _folder?.Dispose();
        _work.Dispose();
    }

    private Task<StoredObject> Enqueue(string kind, string key, long expected, JsonObject body, ChangeType type)
    {
        Pending pending;
        lock (_gate)
        {
            if (_failure is not null)
                throw new IOException("the store takes no writes since one failed: " + _failure.Message, _failure);
            ObjectDisposedException.ThrowIf(_closing, this);
            var set = _head.GetValueOrDefault(kind) ?? ObjectSet.Empty;
            var previous = set.Find(key);
            CheckCondition(previous, expected);
            var revision = ++_headRevision;
            body.Ensure("metadata")["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture);
            var item = new StoredObject(key, revision, body, Json.ToUtf8(body));
            pending = new Pending(Apply(kind, type, item, previous, set));
            _pending.Add(pending);
        }

        _work.Release();
        return pending.Done.Task;
    }

    private static void CheckCondition(StoredObject? previous, long expected)
    {
        if (expected == 0 && previous is not null)
            throw new StoreConflictException(StoreConflict.Exists);
        if (expected != 0 && previous is null)
            throw new StoreConflictException(StoreConflict.Missing);
        if (expected != 0 && previous!.Revision != expected)
            throw new StoreConflictException(StoreConflict.Changed);
    }

    private StoreEvent Apply(string kind, ChangeType type, StoredObject item, StoredObject? previous, ObjectSet before)
    {
        var after = type == ChangeType.Put ? before.Put(item) : before.Remove(item.Key);
        _head[kind] = after;
        return new StoreEvent(kind, type, item, previous, before, after);
    }

    private void Replay(in StoreRecord record)
    {
        var item = StoreRecovery.ToObject(record);
        var before = _head.GetValueOrDefault(record.Kind) ?? ObjectSet.Empty;
        var type = record.Type == RecordType.Delete ? ChangeType.Delete : ChangeType.Put;
        LogOf(record.Kind).Append(Apply(record.Kind, type, item, before.Find(record.Key), before));
        _headRevision = record.Revision;
    }

    private (SafeFileHandle Handle, long Length) OpenJournal()
    {
        var journals = StoreFiles.Journals(_directory);
        if (journals.Count == 0)
            return (StoreFiles.CreateJournal(_directory, _headRevision), RecordFormat.Header.Length);
        var handle = File.OpenHandle(journals[^1].Path, FileMode.Open, FileAccess.Write, FileShare.Read);
        return (handle, RandomAccess.GetLength(handle));
    }

    private void WriteLoop()
    {
        var buffer = new ArrayBufferWriter<byte>(1 << 16);
        while (true)
        {
            _work.Wait();
            List<Pending> batch;
            lock (_gate)
            {
                batch = _pending;
                _pending = [];
            }

            if (batch.Count == 0)
            {
                if (_closing)
                    return;
                continue;
            }

            try
            {
                Persist(batch, buffer);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Fail(error, batch);
                return;
            }

            Publish(batch);
        }
    }

    private void Persist(List<Pending> batch, ArrayBufferWriter<byte> buffer)
    {
        buffer.ResetWrittenCount();
        foreach (var pending in batch)
        {
            var change = pending.Event;
            var type = change.Type == ChangeType.Put ? RecordType.Put : RecordType.Delete;
            RecordFormat.Write(buffer, new StoreRecord(type, change.Revision, change.Kind, change.Object.Key, change.Object.Utf8));
        }

        if (_journalBytes > Math.Max(_journalBytesMin, 2 * _snapshotBytes))
            Compact();
        RandomAccess.Write(_journal, buffer.WrittenSpan, _journalBytes);
        RandomAccess.FlushToDisk(_journal);
        _journalBytes += buffer.WrittenCount;
    }

    /// <summary>Everything committed becomes a snapshot and a new journal begins; the old files go once both are on disk.</summary>
    private void Compact()
    {
        var state = _committed;
        _snapshotBytes = StoreFiles.WriteSnapshot(
            _directory, state.Revision, state.Kinds.SelectMany(kind => kind.Value.All().Select(item => (kind.Key, item))));
        var journal = StoreFiles.CreateJournal(_directory, state.Revision);
        _journal.Dispose();
        _journal = journal;
        _journalBytes = RecordFormat.Header.Length;
        StoreFiles.DeleteBefore(_directory, state.Revision);
    }

    private void Publish(List<Pending> batch)
    {
        var kinds = _committed.Kinds.ToBuilder();
        foreach (var pending in batch)
            kinds[pending.Event.Kind] = pending.Event.After;
        lock (_publishing)
        {
            _committed = new StoreState(batch[^1].Event.Revision, kinds.ToImmutable());
            foreach (var pending in batch)
            {
                Committed?.Invoke(pending.Event);
                LogOf(pending.Event.Kind).Append(pending.Event);
            }
        }

        foreach (var pending in batch)
            pending.Done.SetResult(pending.Event.Object);
    }

    /// <summary>
    /// After a failed write or flush nobody knows what is on disk: those who wait are told, and no write is taken until a restart
    /// has read the journal back.
    /// </summary>
    private void Fail(Exception error, List<Pending> batch)
    {
        lock (_gate)
        {
            _failure = error;
            batch.AddRange(_pending);
            _pending = [];
        }

        foreach (var pending in batch)
            pending.Done.SetException(new IOException("the write could not be made durable: " + error.Message, error));
    }

    private sealed class Pending(StoreEvent change)
    {
        public StoreEvent Event { get; } = change;

        public TaskCompletionSource<StoredObject> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
