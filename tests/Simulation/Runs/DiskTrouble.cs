using Simulation.Disks;
using Simulation.Models;
using Sluice.Protocol.Batches;

namespace Simulation.Runs;

/// <summary>Makes the disk fail for a while, fill up for a while, and turn bits: each in some runs only, so that others are free of it.</summary>
internal sealed class DiskTrouble
{
    private readonly World _world;
    private readonly bool _fails;
    private readonly bool _fills;
    private readonly bool _turnsBits;
    private readonly int _stepsBetween;
    private long _calmAtMs = long.MaxValue;

    public DiskTrouble(World world)
    {
        _world = world;
        _fails = world.Random.Next(3) == 0;
        _fills = world.Random.Next(4) == 0;
        _turnsBits = world.Random.Next(5) == 0;
        bool fillsOften = world.Options.Emphasis.HasFlag(Emphasis.FullDisk);
        bool failsOften = world.Options.Emphasis.HasFlag(Emphasis.FailingDisk);
        _fills |= fillsOften;
        _fails |= failsOften;
        _stepsBetween = fillsOften || failsOften ? 60 : 500;
    }

    /// <summary>Begins or ends trouble by chance.</summary>
    public void Stir()
    {
        if (_world.Clock.ElapsedMs >= _calmAtMs) Calm();
        if (_calmAtMs != long.MaxValue || _world.Random.Next(_stepsBetween) != 0) return;
        Random random = _world.Random;
        if (_fails && random.Next(2) == 0)
        {
            _world.Disk.Faults.WriteFails = random.Next(3) == 0 ? 0.1 : 0;
            _world.Disk.Faults.FlushFails = random.Next(3) == 0 ? 0.1 : 0;
            _world.Disk.Faults.ReadFails = random.Next(3) == 0 ? 0.1 : 0;
            _world.Disk.Faults.NameFails = random.Next(3) == 0 ? 0.1 : 0;
            // Data alone, or indexes, snapshots, checkpoints and metadata as well.
            _world.Disk.Faults.Strikes = random.Next(2) == 0 ? static path => path.EndsWith(".log", StringComparison.Ordinal) : static _ => true;
            _world.Trace.Note("the disk begins to fail");
        }
        else if (_fills)
        {
            _world.Disk.Capacity = _world.Disk.Used() + random.Next(20_000);
            _world.Trace.Note("the disk is nearly full");
        }
        else
        {
            return;
        }
        _world.DiskHasStruck = true;
        _world.Troubles++;
        _calmAtMs = _world.Clock.ElapsedMs + random.Next(3000);
    }

    /// <summary>Ends all trouble.</summary>
    public void Calm()
    {
        if (_calmAtMs == long.MaxValue) return;
        _calmAtMs = long.MaxValue;
        _world.CalmSinceMs = _world.Clock.ElapsedMs;
        _world.Troubles++;
        _world.Disk.Faults.WriteFails = _world.Disk.Faults.FlushFails = _world.Disk.Faults.ReadFails = _world.Disk.Faults.NameFails = 0;
        _world.Disk.Capacity = long.MaxValue / 4;
        _world.Trace.Note("the disk is well again");
    }

    /// <summary>Turns a bit of some batch, where its checksum covers it, while the node is down.</summary>
    public void TurnBits()
    {
        _world.DiskHasStruck = false;
        if (!_turnsBits || _world.Random.Next(3) != 0) return;
        foreach (TopicModel topic in _world.Model.Topics.Values)
        {
            for (int i = 0; i < topic.Partitions.Count; i++)
            {
                if (_world.Random.Next(6) == 0) TurnBit($"/{topic.Name}-{i}/", topic.Partitions[i]);
            }
        }
    }

    private void TurnBit(string directory, PartitionModel partition)
    {
        SimFileNode[] logs = [.. _world.Disk.AllFiles().Where(f => f.Path.Contains(directory, StringComparison.Ordinal) && f.Path.EndsWith(".log", StringComparison.Ordinal) && f.File.Length > RecordBatch.HeaderSize).Select(f => f.File)];
        if (logs.Length == 0) return;
        SimFileNode log = logs[_world.Random.Next(logs.Length)];
        RecordBatches.Enumerator batches = RecordBatches.Split(log.Content.AsSpan(0, (int)log.Length));
        for (int skip = _world.Random.Next(8); batches.MoveNext() && skip > 0;) skip--;
        if (batches.Consumed == 0) return;
        RecordBatch batch = batches.Current;
        if (batch.Validate() != BatchError.None) return;
        const int FirstCovered = 17;
        int at = batches.Position + _world.Random.Next(FirstCovered, batch.SizeInBytes);
        log.FlipBit(at, _world.Random.Next(8));
        partition.Damage(batch.BaseOffset);
        _world.HasLostAnything = true;
        _world.Trace.Note($"a bit of {partition.Name} at offset {batch.BaseOffset} is turned");
    }
}
