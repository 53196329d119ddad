using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using Sluice.Client.Producing;
using Sluice.Protocol.Batches;

namespace Sluice.Cli.Data;

/// <summary>Makes records of lines of bytes. A line ends with a line feed, before which a carriage return is dropped; the last needs none.</summary>
internal sealed class LineRecords(string topic, string? keySeparator, string? nullText, RecordHeader[] headers, int? partition)
{
    private readonly byte[]? _separator = keySeparator is null ? null : Encoding.UTF8.GetBytes(keySeparator);
    private readonly byte[]? _null = nullText is null ? null : Encoding.UTF8.GetBytes(nullText);

    /// <summary>The records of a stream; ends when cancelled.</summary>
    public async IAsyncEnumerable<ProducerRecord> ReadAsync(Stream input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        PipeReader reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        long line = 0;
        while (await Read(reader, cancellation).ConfigureAwait(false) is { } result)
        {
            ReadOnlySequence<byte> buffer = result.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                yield return Record(Bytes(buffer.Slice(0, end)), ++line);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            if (result.IsCompleted)
            {
                if (!buffer.IsEmpty) yield return Record(Bytes(buffer), ++line);
                yield break;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>The record of one line.</summary>
    /// <exception cref="CommandException">The line has no key separator.</exception>
    internal ProducerRecord Record(ReadOnlyMemory<byte> line, long number)
    {
        if (line.Length > 0 && line.Span[^1] == '\r') line = line[..^1];
        ReadOnlyMemory<byte>? key = null;
        ReadOnlyMemory<byte> value = line;
        if (_separator is not null)
        {
            int at = line.Span.IndexOf(_separator);
            if (at < 0) throw new CommandException($"line {number} has no '{keySeparator}' between key and value: {Encoding.UTF8.GetString(line.Span[..Math.Min(80, line.Length)])}");
            key = OrNull(line[..at]);
            value = line[(at + _separator.Length)..];
        }

        return new ProducerRecord(topic, key, OrNull(value)) { Headers = headers, Partition = partition };
    }

    private ReadOnlyMemory<byte>? OrNull(ReadOnlyMemory<byte> bytes) => _null is not null && bytes.Span.SequenceEqual(_null) ? null : (ReadOnlyMemory<byte>?)bytes;

    private static ReadOnlyMemory<byte> Bytes(ReadOnlySequence<byte> sequence) => sequence.IsSingleSegment ? sequence.First : sequence.ToArray();

    private static async ValueTask<ReadResult?> Read(PipeReader reader, CancellationToken cancellation)
    {
        try
        {
            // A terminal cannot be told to stop reading; whoever waits for it can.
            return await reader.ReadAsync(CancellationToken.None).AsTask().WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
