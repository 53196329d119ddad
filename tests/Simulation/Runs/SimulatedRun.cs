using Simulation.Clients;
using Simulation.Disks;
using Simulation.Hosts;
using Simulation.Models;
using Sluice.Core.Configuration;
using Sluice.Core.Nodes;
using Sluice.Storage.Disk;

namespace Simulation.Runs;

/// <summary>
/// One run: the node's own code against clients, a clock and a disk that a seed decides, with crashes in between; after every restart
/// all that is on the disk is compared with all that was promised.
/// </summary>
internal sealed class SimulatedRun
{
    private const long LongRestMs = 80_000;
    private readonly World _world;
    private readonly Pace _pace;
    private readonly DiskTrouble _trouble;
    private readonly NodeOptions _options;
    private readonly SimClient[] _readersAndWriters;
    private readonly GroupMember[] _members;
    private readonly OffsetKeeper? _keeper;

    private SimulatedRun(RunOptions options, TextWriter? output)
    {
        _world = new World(options, output);
        _trouble = new DiskTrouble(_world);
        _pace = new Pace(new Random(_world.Random.Next()), _world.ShardCount);
        BrokerProperties properties = BrokerConfigs.Parse(new Dictionary<string, string>
        {
            ["node.id"] = "1",
            ["log.dirs"] = World.DataDirectory,
            ["log.flush.offset.checkpoint.interval.ms"] = "1000",
            ["log.retention.check.interval.ms"] = "1000",
            ["metadata.log.max.record.bytes.between.snapshots"] = "2000",
            ["offsets.topic.num.partitions"] = "3",
            ["group.min.session.timeout.ms"] = "1000",
            ["group.initial.rebalance.delay.ms"] = "300",
            ["log.segment.delete.delay.ms"] = "1000",
            // A group that is forgotten begins its generations anew, which members would not know: there are none where offsets expire.
            ["offsets.retention.minutes"] = _world.OffsetsExpire ? $"{OffsetKeeper.RetentionMinutes}" : "10080",
            ["offsets.retention.check.interval.ms"] = _world.OffsetsExpire ? $"{OffsetKeeper.CheckMs}" : "86400000",
            // Topics have a promise of their own, that of the groups is the broker's.
            ["log.flush.interval.messages"] = _world.GroupsFlushFirst ? "1" : "9223372036854775807",
            ["log.cleaner.backoff.ms"] = "500",
            // Topics have a segment.ms of their own; this is for the groups' topic, which is compacted as well.
            ["log.roll.ms"] = _world.Random.Next(2) == 0 ? "2000" : "604800000",
            ["log.cleaner.threads"] = $"{_world.Random.Next(1, 4)}",
            // Little memory in some runs, so that a cleaning ends in the middle of the dirty part; a low rate in others.
            ["log.cleaner.dedupe.buffer.size"] = _world.Random.Next(3) == 0 ? "400" : "134217728",
            ["log.cleaner.io.max.bytes.per.second"] = _world.Random.Next(4) == 0 ? "200000" : "1.7976931348623157E308",
        });
        _options = new NodeOptions(properties, properties.Advertise(properties.Listeners, "localhost"));
        _world.Clients.Add(new Administrator(_world));
        int deletesOneIn = _world.Random.Next(2) == 0 ? 40 : 8;
        for (int i = 0; i < 2; i++) _world.Clients.Add(new RecordDeleter(_world, $"deleter{i}", deletesOneIn));
        for (int i = 0; i < 3; i++) _world.Clients.Add(new Producer(_world, $"idempotent{i}", isIdempotent: true));
        for (int i = 0; i < 2; i++) _world.Clients.Add(new Producer(_world, $"plain{i}", isIdempotent: false));
        for (int i = 0; i < 3; i++) _world.Clients.Add(new Consumer(_world, $"consumer{i}"));
        _readersAndWriters = [.. _world.Clients];
        _world.Groups.Add(new GroupModel("dynamic", hasStaticMembers: false));
        _world.Groups.Add(new GroupModel("mixed", hasStaticMembers: true));
        if (_world.OffsetsExpire) _world.Clients.Add(_keeper = new OffsetKeeper(_world));
        _members = _world.OffsetsExpire ? [] : [.. Enumerable.Range(0, 6).Select(i => new GroupMember(_world, $"member{i}", _world.Groups[i % 2], i is 1 or 3 ? $"static{i}" : null))];
        _world.Clients.AddRange(_members);
    }

    private enum End
    {
        CleanStop,
        Kill,
        PowerLoss,
    }

    /// <summary>Runs a seed.</summary>
    /// <param name="options">The run.</param>
    /// <param name="output">Where every step is written; null for nowhere.</param>
    /// <exception cref="Violation">A promise is broken.</exception>
    public static RunResult Run(RunOptions options, TextWriter? output = null)
    {
        var run = new SimulatedRun(options, output);
        Violation? violation = null;
        Planting.Plant(options.Bug, run._world.Disk.Faults);
        try
        {
            run.Live();
        }
        catch (Violation e)
        {
            violation = e;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            violation = new Violation($"{e.GetType().Name}: {e.Message}", e);
        }
        finally
        {
            Planting.Plant(PlantedBug.None, run._world.Disk.Faults);
        }
        return new RunResult(options, run._world.Trace.Hash, run._world.Restarts, run._world.Clock.ElapsedMs, violation, [.. run._world.Trace.Last]);
    }

    private void Live()
    {
        _world.Disk.CreateDirectory("/data");
        _world.Disk.SyncDirectory("/");
        Start(powerWasLost: false, isFirst: true);
        for (int step = 0; step < _world.Options.Steps; step++)
        {
            try
            {
                Step();
                _trouble.Stir();
                if (_world.Random.Next(400) == 0) Crash((End)_world.Random.Next(3));
                // Or a little later, in the middle of whatever the node does to its disk then.
                else if (_world.Random.Next(400) == 0) _world.Disk.LivesFor ??= _world.Random.Next(40);
                else if (_world.Random.Next(700) == 0) RestIfPossible();
            }
            catch (SimCrashed)
            {
                Crash(KillOrPowerLoss());
            }
            catch (SimHalted halted)
            {
                // A node may end itself when its disk has failed, and for no other reason.
                if (halted.InnerException is not DiskException) throw new Violation($"the node ended itself: {halted.Reason}", halted.InnerException);
                Crash(KillOrPowerLoss());
            }
        }
        _trouble.Calm();
        RestIfPossible();
        Crash(End.CleanStop);
        new GroupTrial(_world, _members).Run();
        Quiesce();
        new Rest(_world).Run(LongRestMs);
        AskKeeper();
        Crash(End.PowerLoss);
    }

    private void AskKeeper()
    {
        if (_keeper is null) return;
        _keeper.Ask();
        Quiesce();
    }

    /// <summary>Lets everything be answered and rests a while; where that ends the node, it is started again instead.</summary>
    private void RestIfPossible()
    {
        _world.Disk.LivesFor = null;
        _trouble.Calm();
        if (!QuiesceOrRestart()) return;
        new Rest(_world).Run(3_000 + _world.Random.Next(_world.Random.Next(3) == 0 ? (int)LongRestMs : 5_000));
        AskKeeper();
    }

    /// <summary>Lets a client act, the node go on, or time pass.</summary>
    private void Step()
    {
        Random random = _world.Random;
        if (_world.Activity.IsTime()) _readersAndWriters[random.Next(_readersAndWriters.Length)].Act();
        if (_keeper is not null && random.Next(20) == 0) _keeper.Act();
        if (_members.Length > 0 && (random.Next(3) == 0 || _world.Options.Emphasis.HasFlag(Emphasis.Groups))) _members[random.Next(_members.Length)].Act();
        if (random.Next(200) == 0) _world.Clients[random.Next(_world.Clients.Count)].Disconnect();
        if (random.Next(50) == 0) _world.Clock.Advance(random.Next(200));
        if (_world.Machine.Step()) return;
        new IdleCheck(_world).Run();
        _world.PassTime(100);
    }

    /// <summary>What the disk did wrong before it was well again may still end the node: its next life answers then.</summary>
    /// <returns>Whether the node lived on.</returns>
    private bool QuiesceOrRestart()
    {
        try
        {
            Quiesce();
            return true;
        }
        catch (SimHalted halted)
        {
            if (halted.InnerException is not DiskException) throw new Violation($"the node ended itself: {halted.Reason}", halted.InnerException);
            Crash(KillOrPowerLoss());
            Quiesce();
            return false;
        }
    }

    /// <summary>Lets everything that was asked be answered: what stays unanswered is lost for ever.</summary>
    private void Quiesce()
    {
        for (int i = 0; i < 200_000; i++)
        {
            if (_world.Clients.TrueForAll(client => client.Outstanding == 0)) return;
            if (_world.Machine.Step()) continue;
            new IdleCheck(_world).Run();
            _world.PassTime(1000);
        }
        throw new Violation($"requests were never answered: {string.Join(", ", _world.Clients.Where(c => c.Outstanding > 0).Select(c => $"{c.Outstanding} of {c.Name}"))}");
    }

    private End KillOrPowerLoss() => _world.Random.Next(2) == 0 ? End.Kill : End.PowerLoss;

    /// <summary>Stops the node cleanly, unless it crashes while it stops.</summary>
    private bool TryStop(out string metadata)
    {
        metadata = "";
        try
        {
            _world.Machine.Settle();
            metadata = MetadataCheck.Describe(_world.Machine);
            bool isClean = _world.Machine.Node.Stop(clean: true);
            _world.Trace.Note($"stopped {(isClean ? "cleanly" : "not cleanly")}");
            if (!isClean && !_world.DiskHasStruck) throw new Violation("the node could not be stopped cleanly, but its disk never failed");
            return true;
        }
        catch (SimCrashed)
        {
            return false;
        }
        catch (SimHalted halted) when (halted.InnerException is DiskException)
        {
            return false;
        }
    }

    private void Crash(End end)
    {
        string before = "";
        bool hasStruck = _world.DiskHasStruck;
        if (end == End.CleanStop && !TryStop(out before)) end = KillOrPowerLoss();
        _trouble.Calm();
        if (end == End.PowerLoss)
        {
            _world.Disk.LosePower();
            _world.HasLostAnything = true;
        }
        else
        {
            _world.Disk.KillProcess();
        }
        _world.Trace.Note($"end by {end}");
        _trouble.TurnBits();
        foreach (SimClient client in _world.Clients) client.Disconnect();
        _world.NamesOnTheirWay.Clear();
        _world.Clock.Advance(_world.Random.Next(5000));
        bool powerWasLost = Restart(end == End.PowerLoss);
        bool groupsMayHaveLost = !_world.GroupsFlushFirst && (powerWasLost || hasStruck);
        GroupCheck.Run(_world, groupsMayHaveLost);
        _keeper?.Restarted(groupsMayHaveLost);
        if (end == End.CleanStop && !powerWasLost && before != MetadataCheck.Describe(_world.Machine))
            throw new Violation($"the metadata replays to another state:\n{before}\nbecame\n{MetadataCheck.Describe(_world.Machine)}");
    }

    /// <summary>Starts the node again; now and then it crashes while it starts, and starts once more.</summary>
    /// <returns>Whether power was lost before it was up.</returns>
    private bool Restart(bool powerWasLost)
    {
        if (_world.Random.Next(4) == 0) _world.Disk.LivesFor = _world.Random.Next(100);
        try
        {
            Start(powerWasLost, isFirst: false);
            _world.Disk.LivesFor = null;
            return powerWasLost;
        }
        catch (SimCrashed)
        {
            End end = KillOrPowerLoss();
            _world.Trace.Note($"the start ends by {end}");
            if (end == End.PowerLoss) _world.Disk.LosePower();
            else _world.Disk.KillProcess();
            powerWasLost |= end == End.PowerLoss;
            _world.HasLostAnything |= powerWasLost;
            Start(powerWasLost, isFirst: false);
            return powerWasLost;
        }
    }

    private void Start(bool powerWasLost, bool isFirst)
    {
        try
        {
            _world.Durability.Restarted();
            _world.RestartedAtMs = _world.Clock.ElapsedMs;
            _world.Machine = Machine.Start(_options, _world.Disk, _world.ShardCount, _world.Clock, new Random(_world.Random.Next()), _world.Trace, _pace, _world.Options.Bug == PlantedBug.MessagesReordered);
        }
        catch (NodeStartException e)
        {
            throw new Violation($"the node does not start: {e.Message}", e);
        }
        if (!isFirst)
        {
            _world.Restarts++;
            _world.Machine.IsHurried = true;
            MetadataCheck.Compare(_world);
            new RestartCheck(_world).Run(powerWasLost);
            _world.Machine.IsHurried = false;
        }
        _world.Machine.AfterTurn = _world.Durability.AfterTurn;
    }
}
