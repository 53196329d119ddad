using System.Diagnostics;
using Sluice.Client;
using Sluice.Client.Admin;
using Sluice.Client.Consuming;

namespace Sluice.Cli.Data;

/// <summary>One run of `sluice consume`.</summary>
internal sealed class ConsumeRun(ConsumerOptions options, RecordWriter writer)
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<TopicPartition, long> _ends = [];
    private long _count;

    public required string[] Topics { get; init; }

    public required int[] Partitions { get; init; }

    public required StartPlace Start { get; init; }

    public required long RecordsMax { get; init; }

    public required bool StopsAtEnd { get; init; }

    public required TimeSpan? IdleMax { get; init; }

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        Termination.EndWithReader();
        using (writer) await ReadAll(cancellation).ConfigureAwait(false);
        return ExitCodes.Done;
    }

    private async Task ReadAll(CancellationToken cancellation)
    {
        var consumer = new Consumer(options with { MaxPollRecords = (int)Math.Min(options.MaxPollRecords, RecordsMax) });
        await using (consumer.ConfigureAwait(false))
        {
            await Begin(consumer, cancellation).ConfigureAwait(false);
            await Read(consumer, cancellation).ConfigureAwait(false);
        }
    }

    private async Task Begin(Consumer consumer, CancellationToken cancellation)
    {
        var admin = new AdminClient(options);
        await using (admin.ConfigureAwait(false))
        {
            var topics = await admin.DescribeTopicsAsync(Topics, cancellation).ConfigureAwait(false);
            List<TopicPartition> partitions = [.. topics.Values.Select(t => t.Get()).SelectMany(Chosen)];
            if (options.GroupId is not null)
            {
                if (Start.Offset is not null || Start.Place is { } place && place != OffsetSpec.Earliest && place != OffsetSpec.Latest)
                    throw new CommandException("--from takes beginning or end with --group; `sluice group reset-offsets` sets other offsets.", ExitCodes.Usage);
                consumer.Subscribe(Topics);
                return;
            }

            consumer.Assign(partitions);
            await Seek(consumer, admin, partitions, cancellation).ConfigureAwait(false);
        }
    }

    private async Task Seek(Consumer consumer, AdminClient admin, List<TopicPartition> partitions, CancellationToken cancellation)
    {
        var ends = await admin.Records.ListOffsetsAsync(partitions.ToDictionary(p => p, _ => OffsetSpec.Latest), cancellation: cancellation).ConfigureAwait(false);
        var firsts = await admin.Records.ListOffsetsAsync(partitions.ToDictionary(p => p, _ => Start.Place ?? OffsetSpec.Earliest), cancellation: cancellation).ConfigureAwait(false);
        long last = ends.Values.Max(e => e.Get().Offset);
        if (Start.Offset > last) throw new CommandException($"--from {Start.Offset}: {(partitions.Count == 1 ? $"{partitions[0]} ends" : "the partitions end")} at offset {last}.");
        foreach (TopicPartition partition in partitions)
        {
            long end = ends[partition].Get().Offset;
            long first = firsts[partition].Get().Offset;
            // No record is that young: begin behind the last.
            long start = Start.Offset is { } offset ? Math.Clamp(offset, first, end) : first < 0 ? end : first;
            consumer.Seek(partition, start);
            if (StopsAtEnd && start < end) _ends[partition] = end;
        }
    }

    private async Task Read(Consumer consumer, CancellationToken cancellation)
    {
        long last = Stopwatch.GetTimestamp();
        while (_count < RecordsMax && (!StopsAtEnd || _ends.Count > 0))
        {
            using ConsumedRecords records = await consumer.PollAsync(Turn, cancellation).ConfigureAwait(false);
            Write(records);
            if (records.Count > 0) last = Stopwatch.GetTimestamp();
            else if (IdleMax is { } most && Stopwatch.GetElapsedTime(last) > most) return;
            else writer.Flush();
            foreach ((TopicPartition partition, long end) in _ends.ToList())
            {
                if (consumer.Position(partition)?.Offset >= end) _ends.Remove(partition);
            }
        }
    }

    private void Write(ConsumedRecords records)
    {
        foreach (ConsumedRecord record in records.Span)
        {
            if (_count >= RecordsMax) break;
            writer.Write(records.Partition, record);
            _count++;
        }
    }

    private IEnumerable<TopicPartition> Chosen(TopicDescription topic)
    {
        foreach (int wanted in Partitions)
        {
            if (topic.Partitions.All(p => p.Id != wanted))
                throw new CommandException($"topic '{topic.Name}' has {topic.Partitions.Count} partitions; there is no partition {wanted}.", ExitCodes.Usage);
        }

        return topic.Partitions.Where(p => Partitions.Length == 0 || Partitions.Contains(p.Id)).Select(p => new TopicPartition(topic.Name, p.Id));
    }
}
