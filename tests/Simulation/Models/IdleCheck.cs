using Simulation.Clients;
using Simulation.Disks;
using Simulation.Runs;
using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Batches;

namespace Simulation.Models;

/// <summary>
/// When nothing can happen without time going on, every request that waits must have a reason to wait: a fetch too few bytes, a member the
/// others of its group, and any other request work that is under way. Whoever has none was forgotten, and only a time-out would help it.
/// </summary>
internal sealed class IdleCheck(World world)
{
    private const long AfterTroubleMs = 3_000;

    /// <summary>A request may wait for its shard, and its first read for the disk, before its own time begins.</summary>
    private const long OnItsWayMs = 3_000;

    private const long GroupPatienceMs = 12_000;

    /// <summary>Checks every client.</summary>
    public void Run()
    {
        // What a failing disk holds up is tried again after a while.
        if (world.CalmSinceMs > world.Clock.ElapsedMs - AfterTroubleMs) return;
        bool isReading = world.Machine.Background.Any(task => task.Kind == BackgroundKind.Reading);
        foreach (SimClient client in world.Clients)
        {
            if (client is Consumer { Wanted: { } wanted } && !isReading) Check(client, wanted);
            if (world.Machine.IsBusy) continue;
            foreach (SimClient.Wait wait in client.Waits.Where(wait => wait.Look is null)) Check(client, wait);
        }
    }

    private void Check(SimClient client, SimClient.Wait wait)
    {
        long waited = world.Clock.ElapsedMs - wait.SinceMs;
        bool mayWait = wait.Key switch { ApiKey.Fetch => true, ApiKey.JoinGroup or ApiKey.SyncGroup => waited < GroupPatienceMs, _ => false };
        if (!mayWait) throw new Violation($"{wait.Key} of {client.Name} waits for {waited} ms, and nothing is under way that would answer it");
    }

    private void Check(SimClient client, FetchWanted wanted)
    {
        long waited = world.Clock.ElapsedMs - wanted.SinceMs;
        if (waited >= wanted.Request.MaxWaitMs + OnItsWayMs) throw new Violation($"a fetch of {client.Name} waits for {waited} ms, and would wait {wanted.Request.MaxWaitMs} ms at most");
        long available = 0;
        foreach (FetchWanted.Part part in wanted.Parts)
        {
            if (!part.IsWaitedFor) continue;
            if (world.Find(part.Model, part.Index) is not { } partition) throw new Violation($"a fetch of {client.Name} waits for {part.Model.Name}, which is not there any more");
            if (partition.HighWatermark > part.Offset) available += Math.Min(part.MaxBytes, BytesBetween(part, partition));
        }
        if (available > 0 && Math.Min(available, wanted.Request.MaxBytes) >= Math.Min(wanted.Request.MinBytes, wanted.Request.MaxBytes))
            throw new Violation($"a fetch of {client.Name} waits for {wanted.Request.MinBytes} bytes, and {available} of its {wanted.Request.MaxBytes} are there: {string.Join(", ", wanted.Parts.Select(p => $"{p.Model.Name} from {p.Offset} on, {p.MaxBytes} at most"))}");
    }

    /// <summary>The size of the batches that a consumer sees from an offset on.</summary>
    private long BytesBetween(FetchWanted.Part part, Partition partition)
    {
        long bytes = 0;
        foreach ((_, SimFileNode file) in PartitionFiles.Segments(world.Disk, part.Model.Name))
        {
            RecordBatches.Enumerator batches = RecordBatches.Split(file.Content.AsSpan(0, (int)file.Length));
            while (batches.MoveNext())
            {
                if (batches.Current.LastOffset >= part.Offset && batches.Current.NextOffset <= partition.HighWatermark) bytes += batches.Current.SizeInBytes;
            }
        }
        return bytes;
    }
}
