using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Sluice.Cli.Output;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Sluice.Cli.Data.Dump;

/// <summary>Prints the files of a log in Kafka's formats, as kafka-dump-log does, and checks each batch.</summary>
/// <param name="output">Where to.</param>
/// <param name="json">A document a batch or entry instead of a line.</param>
/// <param name="records">Show the records of batches.</param>
/// <param name="values">Show keys and values.</param>
/// <param name="decoder">What records mean; null to go by the folder's name.</param>
/// <param name="cancellation">Ends the dump with <see cref="OperationCanceledException"/> between two batches or entries.</param>
internal sealed class LogDump(TextWriter output, bool json, bool records, bool values, TopicDecoder? decoder = null, CancellationToken cancellation = default)
{
    private const int IndexEntrySize = 8;
    private const int TimeIndexEntrySize = 12;

    private static readonly string[] Extensions = [".log", ".index", ".timeindex", ".txnindex", ".snapshot", ".checkpoint"];

    private static readonly DecompressionLimit Limit = new(int.MaxValue / 2);

    private readonly Progress _progress = new("read");
    private long _batches;
    private long _records;
    private long _bytes;
    private long _entries;
    private long _damaged;

    /// <summary>Prints a file, or every file of a folder and the folders in it.</summary>
    /// <exception cref="CommandException">It does not exist or is of another kind.</exception>
    public void Dump(string path)
    {
        if (Directory.Exists(path))
        {
            List<string> files = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(f => Extensions.Contains(Path.GetExtension(f))).Order(StringComparer.Ordinal)];
            if (files.Count == 0) throw new CommandException($"{path} holds no log files (*{string.Join(", *", Extensions)}).");
            files.ForEach(DumpFile);
            return;
        }

        if (!File.Exists(path)) throw new CommandException($"there is no file or folder {path}.");
        DumpFile(path);
    }

    /// <summary>Tells what was seen; the exit code.</summary>
    public int Summary(TextWriter to)
    {
        _progress.End();
        string entries = _entries > 0 ? $"{_entries} entries of indexes and snapshots, " : "";
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_batches} batches, {_records} records, {_bytes} bytes, {entries}{_damaged} damaged"));
        return _damaged == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private void DumpFile(string path)
    {
        if (!json) output.WriteLine($"# {path}");
        switch (Path.GetExtension(path))
        {
            case ".log" or ".deleted" or ".cleaned" or ".swap" or ".checkpoint":
                DumpSegment(path);
                break;
            case ".index":
                DumpIndex(path, IndexEntrySize, entry => [("offset", Relative(path) + BinaryPrimitives.ReadInt32BigEndian(entry.Span)), ("position", BinaryPrimitives.ReadInt32BigEndian(entry.Span[4..]))]);
                break;
            case ".timeindex":
                DumpIndex(path, TimeIndexEntrySize, entry => [("timestamp", BinaryPrimitives.ReadInt64BigEndian(entry.Span)), ("offset", Relative(path) + BinaryPrimitives.ReadInt32BigEndian(entry.Span[8..]))]);
                break;
            case ".snapshot":
                DumpEntries(path, StateFiles.Producers(File.ReadAllBytes(path), out string? wrong), wrong);
                break;
            case ".txnindex":
                DumpEntries(path, StateFiles.Transactions(File.ReadAllBytes(path), out string? damage), damage);
                break;
            default:
                throw new CommandException($"{path} is not a file of a log: expected one of *{string.Join(", *", Extensions)}.", ExitCodes.Usage);
        }
    }

    private void DumpSegment(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] buffer = new byte[RecordBatch.HeaderSize];
        long position = 0;
        // Segments are made at full size where preallocate is set: what was never written is zero.
        while (file.Length - position >= RecordBatch.HeaderSize)
        {
            cancellation.ThrowIfCancellationRequested();
            file.Position = position;
            file.ReadExactly(buffer.AsSpan(0, RecordBatch.HeaderSize));
            int size = new RecordBatch(buffer).SizeInBytes;
            if (size < RecordBatch.HeaderSize || size > file.Length - position)
            {
                if (buffer.AsSpan(0, RecordBatch.HeaderSize).IndexOfAnyExcept((byte)0) >= 0) Damaged(path, position, $"a batch claims {size} bytes; {file.Length - position} are left");
                return;
            }

            if (size > buffer.Length) Array.Resize(ref buffer, Math.Max(size, 2 * buffer.Length));
            file.ReadExactly(buffer.AsSpan(RecordBatch.HeaderSize, size - RecordBatch.HeaderSize));
            DumpBatch(path, position, new RecordBatch(buffer.AsSpan(0, size)));
            position += size;
            _bytes += size;
            _progress.Report(_records, _bytes);
        }

        if (file.Length > position) Damaged(path, position, $"{file.Length - position} bytes are left, less than a batch's header");
    }

    private void DumpBatch(string path, long position, RecordBatch batch)
    {
        _batches++;
        _records += batch.RecordCount;
        BatchError error = batch.Validate();
        if (json)
        {
            JsonObject document = ToJson(path, position, batch, error);
            if (records && error == BatchError.None) document["content"] = Content(path, position, batch);
            OutputFormat.WriteLine(output, document);
        }
        else
        {
            output.WriteLine(Line(position, batch, error));
            if (records && error == BatchError.None) foreach (JsonNode? record in Content(path, position, batch)) output.WriteLine("  " + Line((JsonObject)record!));
        }

        if (error != BatchError.None) Damaged(path, position, error.ToString());
    }

    private static string Line(long position, RecordBatch batch, BatchError error)
    {
        string producer = batch.HasProducerId ? $" producer {batch.ProducerId}/{batch.ProducerEpoch} sequence {batch.BaseSequence}-{batch.LastSequence}" : "";
        string kind = (batch.IsControl ? " control" : "") + (batch.IsTransactional ? " transactional" : "");
        string codec = Enum.IsDefined(batch.Codec) ? Codecs.Name(batch.Codec) : $"codec {(int)batch.Codec}";
        return string.Create(CultureInfo.InvariantCulture,
            $"offsets {batch.BaseOffset}-{batch.LastOffset} position {position} size {batch.SizeInBytes} records {batch.RecordCount} epoch {batch.PartitionLeaderEpoch} {batch.TimestampType} {batch.MaxTimestamp} {codec}{producer}{kind} crc {batch.Crc:x8} {(error == BatchError.None ? "ok" : error.ToString().ToUpperInvariant())}");
    }

    private static string Line(JsonObject record) => string.Join(' ', record.Select(field => $"{field.Key} {(field.Value is JsonObject or JsonArray ? field.Value.ToJsonString() : field.Value?.ToString()) ?? "null"}"));

    private static JsonObject ToJson(string path, long position, RecordBatch batch, BatchError error) => new()
    {
        ["file"] = path,
        ["position"] = position,
        ["baseOffset"] = batch.BaseOffset,
        ["lastOffset"] = batch.LastOffset,
        ["records"] = batch.RecordCount,
        ["size"] = batch.SizeInBytes,
        ["leaderEpoch"] = batch.PartitionLeaderEpoch,
        ["codec"] = Enum.IsDefined(batch.Codec) ? Codecs.Name(batch.Codec) : $"{(int)batch.Codec}",
        ["timestampType"] = batch.TimestampType.ToString(),
        ["baseTimestamp"] = batch.BaseTimestamp,
        ["maxTimestamp"] = batch.MaxTimestamp,
        ["producerId"] = batch.ProducerId,
        ["producerEpoch"] = batch.ProducerEpoch,
        ["baseSequence"] = batch.BaseSequence,
        ["transactional"] = batch.IsTransactional,
        ["control"] = batch.IsControl,
        ["crc"] = batch.Crc,
        ["valid"] = error == BatchError.None,
    };

    private JsonArray Content(string path, long position, RecordBatch batch)
    {
        var content = new JsonArray();
        using var body = new PooledBuffer();
        try
        {
            Codecs.Decompress(batch.Codec, batch.Body, body, Limit);
        }
        catch (CompressionException e)
        {
            Damaged(path, position, e.Message);
            return content;
        }

        var reader = new RecordReader(body.WrittenSpan, batch.RecordCount);
        while (reader.TryRead(out Record record))
        {
            var document = new JsonObject
            {
                ["offset"] = batch.BaseOffset + record.OffsetDelta, ["timestamp"] = batch.BaseTimestamp + record.TimestampDelta,
                ["keySize"] = record.KeyIsNull ? -1 : record.Key.Length, ["valueSize"] = record.ValueIsNull ? -1 : record.Value.Length, ["headers"] = record.HeaderCount,
            };
            if (batch.IsControl) DescribeControl(document, record);
            else if (values) Describe(document, path, position, record);
            content.Add((JsonNode)document);
        }

        if (reader.Error != BatchError.None) Damaged(path, position, reader.Error.ToString());
        return content;
    }

    private void Describe(JsonObject document, string path, long position, Record record)
    {
        document["key"] = record.KeyIsNull ? null : Text(record.Key);
        document["value"] = record.ValueIsNull ? null : Text(record.Value);
        if ((decoder ?? TopicDecoder.ForFile(path)) is not { } decode) return;
        try
        {
            decode.Describe(document, record.KeyIsNull ? null : record.Key.ToArray(), record.ValueIsNull ? null : record.Value.ToArray());
        }
        catch (ProtocolException e)
        {
            Damaged(path, position, $"the record at offset {document["offset"]} is not one of its topic: {e.Message}");
        }
    }

    private static void DescribeControl(JsonObject document, Record record)
    {
        if (!ControlRecord.TryReadType(record.Key, out ControlRecordType type)) return;
        document["control"] = type.ToString();
        if (type is ControlRecordType.Abort or ControlRecordType.Commit && record.Value.Length >= ControlRecord.MarkerValueSize)
            document["coordinatorEpoch"] = BinaryPrimitives.ReadInt32BigEndian(record.Value[sizeof(short)..]);
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Convert.ToBase64String(bytes);

    private void DumpEntries(string path, List<JsonObject> entries, string? damage)
    {
        foreach (JsonObject entry in entries)
        {
            cancellation.ThrowIfCancellationRequested();
            _entries++;
            if (json) OutputFormat.WriteLine(output, new JsonObject([KeyValuePair.Create("file", (JsonNode?)JsonValue.Create(path)), .. entry.Select(f => KeyValuePair.Create(f.Key, f.Value?.DeepClone()))]));
            else output.WriteLine(Line(entry));
        }

        if (damage is not null) Damaged(path, 0, damage);
    }

    private void DumpIndex(string path, int entrySize, Func<ReadOnlyMemory<byte>, (string Name, long Value)[]> parse)
    {
        byte[] bytes = File.ReadAllBytes(path);
        // Checks the name, also where there is no entry to add it to.
        _ = Relative(path);
        long last = -1;
        int at = 0;
        for (; at + entrySize <= bytes.Length; at += entrySize)
        {
            cancellation.ThrowIfCancellationRequested();
            (string Name, long Value)[] fields = parse(bytes.AsMemory(at, entrySize));
            if (fields[0].Value <= last || (at > 0 && IsUnused(bytes.AsSpan(at, entrySize)))) break;
            last = fields[0].Value;
            _entries++;
            if (!json) output.WriteLine(string.Join(' ', fields.Select(f => $"{f.Name} {f.Value}")));
            else OutputFormat.WriteLine(output, new JsonObject([KeyValuePair.Create("file", (JsonNode?)JsonValue.Create(path)), .. fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)JsonValue.Create(f.Value)))]));
        }

        ReadOnlySpan<byte> rest = bytes.AsSpan(at);
        if (IsUnused(rest)) return;
        Damaged(path, at, rest.Length < entrySize ? $"{rest.Length} bytes are left, less than an entry" : $"an entry does not come after the one before it, and {rest.Length} bytes are left");
    }

    /// <summary>The rest of an index that a broker has open, made at full size, is zero; that size need not be a multiple of an entry's.</summary>
    private static bool IsUnused(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyExcept((byte)0) < 0;

    private static long Relative(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out long offset)
            ? offset
            : throw new CommandException($"{path}: an index's name is the offset that it begins with.", ExitCodes.Usage);

    private void Damaged(string path, long position, string why)
    {
        _damaged++;
        Console.Error.WriteLine($"sluice: {path} at position {position}: {why}");
    }
}
