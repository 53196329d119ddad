using Simulation.Disks;
using Simulation.Runs;
using Sluice.Core.Partitions;
using Sluice.Protocol.Batches;

namespace Simulation.Models;

/// <summary>
/// What must have happened to partitions when nobody has written for a while: what retention leaves no room for is gone, what flush.ms and
/// flush.messages ask for is flushed, segments were rolled in time and not before, and what can be compacted is.
/// </summary>
/// <param name="world">The run.</param>
/// <param name="quietMs">For how long nobody has written.</param>
internal sealed class QuietCheck(World world, long quietMs)
{
    /// <summary>Twice the interval of the check of retention, and some turns.</summary>
    private const long HousekeepingMs = 2_500;

    /// <summary>The flush that a timer asks for, on a slow disk.</summary>
    private const long FlushMs = 2_500;

    /// <summary>Some rounds of the cleaner, each of which takes one log.</summary>
    private const long CleaningMs = 20_000;

    /// <summary>The least min.cleanable.dirty.ratio that topics have.</summary>
    private const double DirtyRatio = 0.01;

    private long NowMs => world.Clock.NowMs;

    /// <summary>Checks every partition.</summary>
    public void Run()
    {
        foreach (TopicModel topic in world.Model.Topics.Values)
        {
            for (int i = 0; i < topic.Partitions.Count; i++)
            {
                PartitionModel model = topic.Partitions[i];
                model.DeletionsAreOver();
                if (model.Damaged.Count > 0 || world.Find(model, i) is not { } partition) continue;
                try
                {
                    Check(model, partition);
                }
                catch (Violation)
                {
                    PartitionFiles.Note(world, model.Name);
                    throw;
                }
            }
        }
    }

    private void Check(PartitionModel model, Partition partition)
    {
        Segment[] segments = [.. PartitionFiles.Segments(world.Disk, model.Name).Select(s => Segment.Read(s.BaseOffset, s.File))];
        // A change that was answered a moment ago counts from the next look on.
        long settledMs = NowMs - model.Topic.Settings.SettledSinceMs;
        if (settledMs >= 0)
        {
            if (settledMs >= HousekeepingMs && quietMs >= HousekeepingMs && !world.DiskHasStruck) CheckRetention(model, partition, segments);
            if (settledMs >= FlushMs && quietMs >= FlushMs && !world.DiskHasStruck) CheckFlushed(model, partition);
            if (settledMs >= CleaningMs && quietMs >= CleaningMs && !world.DiskHasStruck) CheckCompacted(model, partition, segments);
        }
        if (!model.Topic.MayCompact) CheckRolls(model, segments);
    }

    private void CheckRetention(PartitionModel model, Partition partition, Segment[] segments)
    {
        SettingsHistory settings = model.Topic.Settings;
        // The end of the cleaning asks again.
        if (partition.Log!.IsCleaning) return;
        if (segments.Length > 1 && segments[1].BaseOffset <= partition.Log.LogStartOffset)
            throw new Violation($"{model.Name} begins at {partition.Log.LogStartOffset}, and the segment {segments[0].BaseOffset} before that is still there");
        if (!settings.Of("cleanup.policy", NowMs).All(policy => policy.Contains("delete", StringComparison.Ordinal)) || segments.Length == 0 || segments[0].Bytes == 0) return;
        long age = NowMs - segments[0].MaxTimestamp;
        if (age - HousekeepingMs > settings.Most("retention.ms", NowMs) && partition.HighWatermark >= segments[0].EndOffset)
            throw new Violation($"{model.Name}: retention.ms is {settings.Most("retention.ms", NowMs)}, and the records up to {segments[0].EndOffset} are still there, {age} ms after their time");
        long rest = segments.Skip(1).Sum(s => s.Bytes), limit = settings.Most("retention.bytes", NowMs);
        if (segments.Length > 1 && rest >= limit && partition.HighWatermark >= segments[0].EndOffset)
            throw new Violation($"{model.Name}: retention.bytes is {limit}, and behind the oldest segment there are {rest} bytes");
    }

    private void CheckFlushed(PartitionModel model, Partition partition)
    {
        long end = partition.Log!.LogEndOffset, survives = world.Durability.EndOf(model.Name, model.Topic.MayCompact);
        long loose = model.Topic.Settings.Most("flush.messages", NowMs) - 1;
        // A log that was flushed up to its end by another promise may be so in a file that retention has taken.
        if (end == partition.Log.LogStartOffset) return;
        if (model.Topic.Settings.Most("flush.ms", NowMs) <= quietMs - FlushMs && survives < end)
            throw new Violation($"{model.Name}: flush.ms is {model.Topic.Settings.Most("flush.ms", NowMs)}, nobody has written for {quietMs} ms, and of the log up to {end} only what is below {survives} is flushed");
        if (loose < end && survives < end - loose)
            throw new Violation($"{model.Name}: flush.messages is {loose + 1}, and of the log up to {end} only what is below {survives} is flushed");
    }

    /// <summary>All but the segment that takes appends, and what is too young, has each key once.</summary>
    private void CheckCompacted(PartitionModel model, Partition partition, Segment[] segments)
    {
        SettingsHistory settings = model.Topic.Settings;
        if (!settings.Of("cleanup.policy", NowMs).All(policy => policy.Contains("compact", StringComparison.Ordinal)) || partition.IsUncleanable) return;
        if (settings.Most("min.compaction.lag.ms", NowMs) > quietMs || settings.Of("min.cleanable.dirty.ratio", NowMs).Any(r => r != $"{DirtyRatio}")) return;
        if (segments.Length < 2 || partition.Log!.IsCleaning) return;
        long end = Math.Min(segments[^1].BaseOffset, partition.HighWatermark);
        long cleaned = partition.CleanedUpTo ?? 0;
        double dirty = segments.Where(s => s.EndOffset > cleaned && s.BaseOffset < end).Sum(s => (double)s.Bytes), all = segments.Where(s => s.BaseOffset < end).Sum(s => (double)s.Bytes);
        if (cleaned >= end || dirty <= all * DirtyRatio) return;
        throw new Violation($"{model.Name} is to be compacted up to {end}, nobody has written for {quietMs} ms, and it is clean up to {partition.CleanedUpTo}");
    }

    /// <summary>A segment takes no batch for which it is too old or too large, and gives way to the next one for no other reason.</summary>
    private static void CheckRolls(PartitionModel model, Segment[] segments)
    {
        const int IndexedBatchesMin = 300;
        // A batch for which the log has rolled may be refused by a full disk or die with the node; the next one's producer may be that much behind.
        const int ProducersDifferMs = 2_000;
        SettingsHistory settings = model.Topic.Settings;
        for (int i = 0; i < segments.Length; i++)
        {
            Segment segment = segments[i];
            foreach ((long offset, long timestamp) in segment.Batches.Skip(1))
            {
                if (model.SentAtMsOf(offset) is not { } sentAtMs) continue;
                if (timestamp - segment.FirstTimestamp > settings.Most("segment.ms", sentAtMs))
                    throw new Violation($"{model.Name}: the batch at {offset} is {timestamp - segment.FirstTimestamp} ms younger than the first of its segment, and segment.ms was never above {settings.Most("segment.ms", sentAtMs)} since it was sent");
            }
            if (i + 1 == segments.Length || segment.Batches.Count == 0 || segments[i + 1].Batches.Count == 0 || segment.Batches.Count >= IndexedBatchesMin) continue;
            long waited = segments[i + 1].FirstTimestamp - segment.FirstTimestamp;
            bool wasLarge = segment.Bytes + segments[i + 1].FirstBytes > settings.Least("segment.bytes", 0);
            if (waited + ProducersDifferMs <= settings.Least("segment.ms", 0) && !wasLarge)
                throw new Violation($"{model.Name}: the segment {segment.BaseOffset} ends after {waited} ms and {segment.Bytes} bytes, and segment.ms was never below {settings.Least("segment.ms", 0)}");
        }
    }

    /// <summary>What is in a segment's file.</summary>
    private sealed record Segment(long BaseOffset, int Bytes, long EndOffset, long MaxTimestamp, long FirstTimestamp, int FirstBytes, List<(long Offset, long MaxTimestamp)> Batches)
    {
        public static Segment Read(long baseOffset, SimFileNode file)
        {
            var found = new List<(long, long)>();
            long end = baseOffset, newest = -1, first = -1;
            int firstBytes = 0;
            RecordBatches.Enumerator batches = RecordBatches.Split(file.Content.AsSpan(0, (int)file.Length));
            while (batches.MoveNext())
            {
                RecordBatch batch = batches.Current;
                if (found.Count == 0) (first, firstBytes) = (batch.MaxTimestamp, batch.SizeInBytes);
                found.Add((batch.BaseOffset, batch.MaxTimestamp));
                newest = Math.Max(newest, batch.MaxTimestamp);
                end = batch.NextOffset;
            }
            return new Segment(baseOffset, (int)file.Length, end, newest, first, firstBytes, found);
        }
    }
}
