using System.Text.Json.Nodes;
using Sluice.Cli.Output;
using Sluice.Client.Producing;

namespace Sluice.Cli.Data;

/// <summary>One run of `sluice produce`: writes lines until they end, one cannot be written, or the command is to end.</summary>
internal sealed class ProduceRun(ProducerOptions options, LineRecords lines, bool json)
{
    /// <summary>How long what was sent may still take when the command is to end.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly Progress _progress = new("written");
    private long _delivered;
    private long _failed;
    private long _bytes;
    private Exception? _first;

    /// <summary>Writes the lines, then tells how many were written, also when it ends early.</summary>
    /// <exception cref="CommandException">Records were not written, or a line is not a record.</exception>
    /// <exception cref="OperationCanceledException">The command was to end.</exception>
    public async Task<int> RunAsync(Stream input, CancellationToken cancellation)
    {
        try
        {
            await Write(input, cancellation).ConfigureAwait(false);
        }
        finally
        {
            Tell();
        }

        return _first is null ? ExitCodes.Done : throw new CommandException($"{_failed} records were not written. The first: {Errors.Text(_first)}");
    }

    private async Task Write(Stream input, CancellationToken cancellation)
    {
        var producer = new Producer(options);
        try
        {
            await foreach (ProducerRecord record in lines.ReadAsync(input, cancellation).ConfigureAwait(false))
            {
                // The next ones would not be written either, or would leave a hole.
                if (Volatile.Read(ref _first) is not null) break;
                producer.Send(record, Count, cancellation: cancellation);
                _bytes += record.Key.GetValueOrDefault().Length + record.Value.GetValueOrDefault().Length;
                _progress.Report(Volatile.Read(ref _delivered), _bytes);
            }

            await producer.FlushAsync(cancellation).ConfigureAwait(false);
        }
        catch (CommandException)
        {
            // A line that is no record does not undo the ones before it.
            await producer.FlushAsync(cancellation).ConfigureAwait(false);
            throw;
        }
        finally
        {
            await producer.CloseAsync(LastWords).ConfigureAwait(false);
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private void Count(in RecordMetadata metadata, Exception? error, object? state)
    {
        if (error is null) Interlocked.Increment(ref _delivered);
        else if (Interlocked.Increment(ref _failed) == 1) Volatile.Write(ref _first, error);
    }

    private void Tell()
    {
        _progress.End();
        if (json) OutputFormat.Write(new JsonObject { ["records"] = _delivered, ["failed"] = _failed, ["bytes"] = _bytes, ["seconds"] = Math.Round(_progress.Elapsed.TotalSeconds, 3) });
        else Console.Error.WriteLine(_progress.Text(_delivered, _bytes));
    }
}
