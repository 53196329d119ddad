using Sluice.Local.ApiServer.Documents;

namespace Sluice.Local.ApiServer.Store;

/// <summary>What was read back from the store's folder.</summary>
/// <param name="SnapshotRevision">Changes up to here are known only by their result.</param>
/// <param name="Base">The objects at that revision, by kind.</param>
/// <param name="Changes">The changes since, in order.</param>
/// <param name="TornBytes">How much of an unfinished write was cut off the journal's end.</param>
internal sealed record RecoveredStore(
    long SnapshotRevision, Dictionary<string, SortedDictionary<string, StoredObject>> Base, List<StoreRecord> Changes, long TornBytes);

/// <summary>
/// Reads the newest whole snapshot and the journals after it. What was never acknowledged may be torn at the end of the last
/// journal and is cut; damage anywhere else is not repaired by guessing but refused.
/// </summary>
internal static class StoreRecovery
{
    public static RecoveredStore Read(string directory)
    {
        var snapshot = ReadNewestSnapshot(directory);
        var changes = new List<StoreRecord>();
        var journals = StoreFiles.Journals(directory);
        long torn = 0;
        for (var i = 0; i < journals.Count; i++)
            torn += ReadJournal(journals[i].Path, isLast: i == journals.Count - 1, snapshot.Revision, changes);
        return new RecoveredStore(snapshot.Revision, snapshot.Objects, changes, torn);
    }

    public static StoredObject ToObject(in StoreRecord record)
    {
        // A copy, so that one small object does not hold the whole file in memory.
        ReadOnlyMemory<byte> utf8 = record.Body.ToArray();
        return new StoredObject(record.Key, record.Revision, DocumentReader.ReadObject(utf8.Span), utf8);
    }

    private static (long Revision, Dictionary<string, SortedDictionary<string, StoredObject>> Objects) ReadNewestSnapshot(string directory)
    {
        var snapshots = StoreFiles.Snapshots(directory);
        if (snapshots.Count == 0)
            return (0, []);
        // Journals before a snapshot are deleted only once it is whole on disk, so an older one would not lead to the present state.
        var (revision, path) = snapshots[0];
        var objects = new Dictionary<string, SortedDictionary<string, StoredObject>>();
        ReadOnlyMemory<byte> file = File.ReadAllBytes(path);
        var position = CheckHeader(file.Span, path);
        long count = 0;
        while (RecordFormat.TryRead(file, position, out var record, out position))
        {
            if (record.Type == RecordType.End)
            {
                if (record.Revision == revision && record.Key == count.ToString(System.Globalization.CultureInfo.InvariantCulture))
                    return (revision, objects);
                break;
            }

            if (!objects.TryGetValue(record.Kind, out var kind))
                objects[record.Kind] = kind = new SortedDictionary<string, StoredObject>(StringComparer.Ordinal);
            kind[record.Key] = ToObject(record);
            count++;
        }

        throw new InvalidDataException($"the snapshot {path} is damaged at byte {position}; restore the folder from a copy, or delete it to begin anew");
    }

    private static long ReadJournal(string path, bool isLast, long snapshotRevision, List<StoreRecord> changes)
    {
        ReadOnlyMemory<byte> file = File.ReadAllBytes(path);
        if (isLast && file.Length < RecordFormat.Header.Length && RecordFormat.Header.StartsWith(file.Span))
        {
            // Killed while the journal was made: it never held anything.
            File.Delete(path);
            return file.Length;
        }

        var position = CheckHeader(file.Span, path);
        while (RecordFormat.TryRead(file, position, out var record, out var next))
        {
            position = next;
            if (record.Revision > snapshotRevision)
                changes.Add(record with { Body = record.Body.ToArray() });
        }

        var rest = file.Length - position;
        if (rest == 0)
            return 0;
        if (!isLast || FollowedByWholeRecord(file, position))
            throw new InvalidDataException($"the journal {path} is damaged at byte {position}, before its end; restore the folder from a copy, or delete it to begin anew");
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.SetLength(handle, position);
        RandomAccess.FlushToDisk(handle);
        return rest;
    }

    /// <summary>A torn write has nothing after it; a whole record behind a bad one means that acknowledged data was harmed.</summary>
    private static bool FollowedByWholeRecord(ReadOnlyMemory<byte> file, int position) =>
        RecordFormat.TryFrame(file.Span, position, out var payloadBytes)
        && RecordFormat.TryRead(file, position + RecordFormat.FrameBytes + payloadBytes, out _, out _);

    private static int CheckHeader(ReadOnlySpan<byte> file, string path) =>
        file.StartsWith(RecordFormat.Header)
            ? RecordFormat.Header.Length
            : throw new InvalidDataException($"{path} is no file of this store, or of a newer version of it");
}
