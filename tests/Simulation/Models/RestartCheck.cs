using Simulation.Clients;
using Simulation.Runs;
using Sluice.Core.Requests;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Storage.Files;

namespace Simulation.Models;

/// <summary>
/// Reads everything that a node has after its restart, through its own APIs, and compares it with what was promised; then checks that
/// its indexes lead to the same records from anywhere.
/// </summary>
internal sealed class RestartCheck(World world)
{
    private const int SamplesMax = 12;

    /// <summary>Checks every partition.</summary>
    /// <param name="powerWasLost">Whether what was not flushed may be gone.</param>
    public void Run(bool powerWasLost)
    {
        foreach (TopicModel topic in world.Model.Topics.Values)
        {
            for (int i = 0; i < topic.Partitions.Count; i++)
            {
                try
                {
                    Check(topic, i, powerWasLost);
                }
                catch (Violation)
                {
                    PartitionFiles.Note(world, topic.Partitions[i].Name);
                    throw;
                }
            }
        }
    }

    private void Check(TopicModel topic, int index, bool powerWasLost)
    {
        PartitionModel partition = topic.Partitions[index];
        ListOffsetsResponse.ListOffsetsPartitionResponse earliest = List(topic, index, -2);
        if (earliest.ErrorCode == ErrorCode.KafkaStorageError && partition.Damaged.Count > 0)
        {
            world.Trace.Note($"{partition.Name} is offline after its bits were turned");
            return;
        }
        if (earliest.ErrorCode != ErrorCode.None) throw new Violation($"{partition.Name} is {earliest.ErrorCode} after the restart");
        long start = earliest.Offset;
        // Flushed or not, the end of what is there: a recovered tail becomes visible with its flush.
        world.Machine.Settle();
        long end = List(topic, index, -1).Offset;
        SortedDictionary<long, long> records = ReadAll(topic, index, start, end);
        world.Trace.Note($"{partition.Name} has {start} to {end}");
        partition.Restarted(start, end, records, powerWasLost, world.Clock.NowMs);
        long cleanedUpTo = world.Machine.Node.Context.Logs.CleanerOffsets.GetValueOrDefault(new PartitionName(topic.Name, index));
        if (partition.Damaged.Count == 0) CompactionCheck.CheckCleaned(partition.Name, records, cleanedUpTo);
        CheckIndexes(topic, index, start, end, records);
    }

    private SortedDictionary<long, long> ReadAll(TopicModel topic, int index, long start, long end)
    {
        PartitionModel partition = topic.Partitions[index];
        var records = new SortedDictionary<long, long>();
        for (long offset = start; offset < end;)
        {
            FetchResponse.PartitionData data = Fetch(topic, index, offset);
            if (data.ErrorCode == ErrorCode.KafkaStorageError && partition.Damaged.Count > 0) return records;
            if (data.ErrorCode != ErrorCode.None) throw new Violation($"{partition.Name}: reading at {offset} gives {data.ErrorCode} after the restart");
            // The first batch may begin below the log's start, which deletions move to any record.
            long next = Batches.Read(data.Records.ToArray(), partition, (at, record) => _ = at < start || (records[at] = record) >= 0);
            if (next <= offset) throw new Violation($"{partition.Name}: reading at {offset} gives nothing, but the log ends at {end}");
            offset = next;
        }
        return records;
    }

    /// <summary>From any offset, and from any time, the way leads to the record that a reader from the beginning found there.</summary>
    private void CheckIndexes(TopicModel topic, int index, long start, long end, SortedDictionary<long, long> records)
    {
        PartitionModel partition = topic.Partitions[index];
        if (partition.Damaged.Count > 0 || records.Count == 0) return;
        for (int i = 0; i < SamplesMax; i++)
        {
            long offset = start + world.Random.NextInt64(end - start);
            long expected = records.Keys.FirstOrDefault(at => at >= offset, -1), found = -1;
            // A batch may have lost all its records and stay, so the first record may come with a later fetch.
            for (long from = offset; found < 0 && from < end;)
                from = Batches.Read(Fetch(topic, index, from).Records.ToArray(), partition, (at, _) => found = found < 0 && at >= offset ? at : found);
            if (found != expected) throw new Violation($"{partition.Name}: a fetch from {offset} leads to offset {found}, a reader from the beginning found {expected}");
        }
        CheckTimes(topic, index);
    }

    private void CheckTimes(TopicModel topic, int index)
    {
        PartitionModel partition = topic.Partitions[index];
        if (!topic.HasProducerTimes) return;
        (long Offset, long Record, long TimestampMs)[] known = [.. partition.Known];
        for (int i = 0; i < SamplesMax / 2; i++)
        {
            long time = known[world.Random.Next(known.Length)].TimestampMs + world.Random.Next(3) - 1;
            long expected = known.Where(k => k.TimestampMs >= time).Select(k => k.Offset).DefaultIfEmpty(-1).Min();
            ListOffsetsResponse.ListOffsetsPartitionResponse found = List(topic, index, time);
            if (found.ErrorCode != ErrorCode.None || found.Offset != expected)
                throw new Violation($"{partition.Name}: the first record from {time} on is at {expected}, but ListOffsets says {found.ErrorCode} {found.Offset}");
        }
    }

    private ListOffsetsResponse.ListOffsetsPartitionResponse List(TopicModel topic, int index, long timestamp) => Ask<ListOffsetsResponse>(
        new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = topic.Name, Partitions = [new() { PartitionIndex = index, Timestamp = timestamp }] }] }, 5).Topics[0].Partitions[0];

    private FetchResponse.PartitionData Fetch(TopicModel topic, int index, long offset) => Ask<FetchResponse>(
        new FetchRequest
        {
            SessionEpoch = -1,
            MaxBytes = 1 << 20,
            Topics = [new() { TopicId = topic.Id, Partitions = [new() { Partition = index, FetchOffset = offset, PartitionMaxBytes = 1 << 16 }] }],
        }, 13).Responses[0].Partitions[0];

    /// <summary>Asks the node as a client of no connection.</summary>
    public TResponse Ask<TResponse>(IRequest request, short version)
        where TResponse : class, IMessage
    {
        TResponse? answer = null;
        var context = new SimRequest(request, version, "checker", new ConnectionInfo(), response => answer = (TResponse)response, reason => throw new Violation($"{request.ApiKey} was not answered: {reason}"));
        world.Machine.Submit(world.Random.Next(world.ShardCount), context);
        for (int i = 0; i < 10_000 && answer is null; i++)
        {
            if (!world.Machine.Step()) world.Clock.Advance(1);
        }
        return answer ?? throw new Violation($"{request.ApiKey} of the checker was never answered");
    }
}
