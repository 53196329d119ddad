using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;
using Sluice.Storage.Disk;

namespace Sluice.Core.Metadata.Log;

/// <summary>
/// A snapshot on disk, in Kafka's format (KIP-630): a control batch with a header, batches of records that make the image out of
/// nothing, a control batch with a footer. Without footer it was not finished.
/// </summary>
internal static class SnapshotFile
{
    private const int RecordsOfBatch = 1000;
    private const string Temporary = ".part";

    /// <summary>Writes a snapshot so that it is there whole or not at all. Blocks: for a background thread.</summary>
    public static void Write(IDisk disk, string directory, MetadataImage image, long lastTimestampMs, long nowMs)
    {
        SnapshotId id = SnapshotId.Of(image);
        string path = $"{directory}/{id.FileName}";
        using (IDiskFile file = disk.Open(path + Temporary, DiskAccess.Create))
        {
            file.SetLength(0);
            var writer = new Writer(file, id.Epoch, nowMs);
            writer.Control(ControlRecordType.SnapshotHeader, new SnapshotHeaderRecord { LastContainedLogTimestamp = lastTimestampMs });
            foreach (ChangeRecord[] records in SnapshotRecords.Of(image).Chunk(RecordsOfBatch)) writer.Records(records);
            writer.Control(ControlRecordType.SnapshotFooter, new SnapshotFooterRecord());
            file.Flush();
        }
        disk.Rename(path + Temporary, path);
        disk.SyncDirectory(directory);
    }

    /// <summary>Reads a snapshot.</summary>
    /// <exception cref="MetadataCorruptException">The file is damaged, not finished, or holds what cannot be replayed.</exception>
    public static (MetadataImage Image, long TimestampMs) Read(IDisk disk, string directory, SnapshotId id)
    {
        string path = $"{directory}/{id.FileName}";
        byte[] bytes = disk.ReadAllBytes(path);
        var delta = new MetadataDelta(MetadataImage.Empty);
        var state = new ReadState(path);
        RecordBatches.Enumerator batches = RecordBatches.Split(bytes);
        while (batches.MoveNext())
        {
            RecordBatch batch = batches.Current;
            BatchError error = batch.Validate();
            if (error != BatchError.None) throw Corrupt(path, $"the batch at byte {batches.Position} is damaged: {error}");
            if (batch.IsControl) state.ReadControl(batch);
            else if (!state.HasHeader || state.HasFooter) throw Corrupt(path, "records lie outside of header and footer");
            else MetadataBatches.Replay(batch, delta);
        }
        if (batches.Error != BatchError.None || batches.Consumed != bytes.Length || !state.HasFooter) throw Corrupt(path, "it does not end with a footer");
        return (delta.Apply(id.EndOffset - 1, id.Epoch), state.TimestampMs);
    }

    /// <summary>Deletes what a write that a crash broke off left behind.</summary>
    public static void DeleteUnfinished(IDisk disk, string directory)
    {
        foreach (DiskEntry entry in disk.List(directory))
        {
            if (entry.Name.EndsWith(SnapshotId.Suffix + Temporary, StringComparison.Ordinal)) disk.DeleteFile($"{directory}/{entry.Name}");
        }
    }

    private static MetadataCorruptException Corrupt(string path, string why) => new($"the snapshot {path} cannot be used: {why}");

    private sealed class Writer(IDiskFile file, int epoch, long nowMs)
    {
        private long _position;
        private long _offset;

        public void Control(ControlRecordType type, IMessage value) => Append(MetadataBatches.WriteControl(type, value, nowMs, _offset, epoch), 1);

        public void Records(ChangeRecord[] records) => Append(MetadataBatches.Write(records, nowMs, _offset, epoch), records.Length);

        private void Append(byte[] batch, int records)
        {
            file.Write(_position, batch);
            _position += batch.Length;
            _offset += records;
        }
    }

    private sealed class ReadState(string path)
    {
        public bool HasHeader { get; private set; }

        public bool HasFooter { get; private set; }

        public long TimestampMs { get; private set; }

        public void ReadControl(RecordBatch batch)
        {
            var reader = new RecordReader(batch.Body, batch.RecordCount);
            while (reader.TryRead(out Record record))
            {
                if (!ControlRecord.TryReadType(record.Key, out ControlRecordType type)) throw Corrupt(path, "a control record has no type");
                bool isHeader = type == ControlRecordType.SnapshotHeader;
                if (HasFooter || isHeader == HasHeader) throw Corrupt(path, $"a {type} record is not where it must be");
                if (isHeader)
                {
                    var header = new SnapshotHeaderRecord();
                    header.ReadAll(record.Value, 0);
                    TimestampMs = header.LastContainedLogTimestamp;
                    HasHeader = true;
                }
                HasFooter = type == ControlRecordType.SnapshotFooter;
            }
            if (reader.Error != BatchError.None) throw Corrupt(path, "a control batch is damaged");
        }
    }
}
