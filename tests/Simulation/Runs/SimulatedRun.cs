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
    private const string DataDirectory = "/data/sluice";
    private readonly World _world;
    private readonly DiskTrouble _trouble;
    private readonly NodeOptions _options;
    private readonly SimClient[] _readersAndWriters;
    private readonly GroupMember[] _members;
    private readonly bool _groupsFlushFirst;

    private SimulatedRun(RunOptions options, TextWriter? output)
    {
        _world = new World(options, output);
        _trouble = new DiskTrouble(_world);
        _groupsFlushFirst = _world.Random.Next(3) > 0;
        BrokerProperties properties = BrokerConfigs.Parse(new Dictionary<string, string>
        {
            ["node.id"] = "1",
            ["log.dirs"] = DataDirectory,
            ["log.flush.offset.checkpoint.interval.ms"] = "1000",
            ["log.retention.check.interval.ms"] = "1000",
            ["metadata.log.max.record.bytes.between.snapshots"] = "2000",
            ["offsets.topic.num.partitions"] = "3",
            ["group.min.session.timeout.ms"] = "1000",
            ["group.initial.rebalance.delay.ms"] = "300",
            // A group that is forgotten begins its generations anew, which members would not know.
            ["offsets.retention.check.interval.ms"] = "86400000",
            // Topics have a promise of their own, that of the groups is the broker's.
            ["log.flush.interval.messages"] = _groupsFlushFirst ? "1" : "9223372036854775807",
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
        _world.Clients.Add(new RecordDeleter(_world));
        for (int i = 0; i < 3; i++) _world.Clients.Add(new Producer(_world, $"idempotent{i}", isIdempotent: true));
        for (int i = 0; i < 2; i++) _world.Clients.Add(new Producer(_world, $"plain{i}", isIdempotent: false));
        for (int i = 0; i < 3; i++) _world.Clients.Add(new Consumer(_world, $"consumer{i}"));
        _readersAndWriters = [.. _world.Clients];
        _world.Groups.Add(new GroupModel("dynamic", hasStaticMembers: false));
        _world.Groups.Add(new GroupModel("mixed", hasStaticMembers: true));
        _members = [.. Enumerable.Range(0, 6).Select(i => new GroupMember(_world, $"member{i}", _world.Groups[i % 2], i is 1 or 3 ? $"static{i}" : null))];
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
        return new RunResult(options, run._world.Trace.Hash, run._world.Restarts, violation, [.. run._world.Trace.Last]);
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
        QuiesceOrRestart();
        Crash(End.CleanStop);
        SettleGroups();
        Quiesce();
        Crash(End.PowerLoss);
    }

    /// <summary>Lets a client act, the node go on, or time pass.</summary>
    private void Step()
    {
        Random random = _world.Random;
        if (random.Next(3) == 0) _readersAndWriters[random.Next(_readersAndWriters.Length)].Act();
        if (random.Next(3) == 0 || _world.Options.Emphasis.HasFlag(Emphasis.Groups)) _members[random.Next(_members.Length)].Act();
        if (random.Next(200) == 0) _world.Clients[random.Next(_world.Clients.Count)].Disconnect();
        if (random.Next(50) == 0) _world.Clock.Advance(random.Next(200));
        if (_world.Machine.Step()) return;
        long next = _world.Machine.NextDeadlineMs();
        _world.Clock.Advance(Math.Clamp(next - _world.Clock.ElapsedMs, 1, 100));
    }

    /// <summary>Without faults every member comes to work in the same generation of its group, and every partition has one owner.</summary>
    private void SettleGroups()
    {
        // Nobody is kept from acting for as long as a session lasts.
        for (int i = 0; i < 5_000; i++)
        {
            if (_world.Groups.TrueForAll(IsSettled)) return;
            _members[i % _members.Length].Act(isCalm: true);
            for (int steps = 0; steps < 50 && _world.Machine.Step(); steps++)
            {
            }
            _world.Clock.Advance(_world.Random.Next(100));
        }
        throw new Violation($"a group does not settle: {string.Join(", ", _members.Select(m => $"{m.Name} of generation {m.Generation} has {string.Join('+', m.Owned)}{(m.IsSettled ? "" : ", not settled")}"))}");
    }

    private bool IsSettled(GroupModel group)
    {
        GroupMember[] members = Array.FindAll(_members, m => m.Group == group);
        return Array.TrueForAll(members, m => m.IsSettled && m.Generation == members[0].Generation)
            && members.SelectMany(m => m.Owned).Order().SequenceEqual(Enumerable.Range(0, GroupModel.Partitions));
    }

    /// <summary>What the disk did wrong before it was well again may still end the node: its next life answers then.</summary>
    private void QuiesceOrRestart()
    {
        try
        {
            Quiesce();
        }
        catch (SimCrashed)
        {
            Crash(KillOrPowerLoss());
            Quiesce();
        }
        catch (SimHalted halted)
        {
            if (halted.InnerException is not DiskException) throw new Violation($"the node ended itself: {halted.Reason}", halted.InnerException);
            Crash(KillOrPowerLoss());
            Quiesce();
        }
    }

    /// <summary>Lets everything that was asked be answered: what stays unanswered is lost for ever.</summary>
    private void Quiesce()
    {
        for (int i = 0; i < 200_000; i++)
        {
            if (_world.Clients.TrueForAll(client => client.Outstanding == 0)) return;
            if (!_world.Machine.Step()) _world.Clock.Advance(Math.Clamp(_world.Machine.NextDeadlineMs() - _world.Clock.ElapsedMs, 1, 1000));
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
            DrainBackground();
            metadata = MetadataCheck.Describe(_world.Machine);
            bool isClean = _world.Machine.Node.Stop(clean: true);
            _world.Trace.Note($"stopped {(isClean ? "cleanly" : "not cleanly")}");
            if (!isClean && !_trouble.HasStruck) throw new Violation("the node could not be stopped cleanly, but its disk never failed");
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
        bool hasStruck = _trouble.HasStruck;
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
        _world.Clock.Advance(_world.Random.Next(5000));
        bool powerWasLost = Restart(end == End.PowerLoss);
        GroupCheck.Run(_world, mayHaveLost: !_groupsFlushFirst && (powerWasLost || hasStruck));
        if (end == End.CleanStop && !powerWasLost && before != MetadataCheck.Describe(_world.Machine))
            throw new Violation($"the metadata replays to another state:\n{before}\nbecame\n{MetadataCheck.Describe(_world.Machine)}");
    }

    /// <summary>A clean stop waits for background work, as the process does.</summary>
    private void DrainBackground()
    {
        for (int i = 0; i < 10_000 && (_world.Machine.Background.Count > 0 || Array.Exists(_world.Machine.Hosts, h => h.HasArrivals)); i++) _world.Machine.Step();
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
            _world.Machine = Machine.Start(_options, _world.Disk, _world.ShardCount, _world.Clock, new Random(_world.Random.Next()), _world.Trace, _world.Options.Bug == PlantedBug.MessagesReordered);
        }
        catch (NodeStartException e)
        {
            throw new Violation($"the node does not start: {e.Message}", e);
        }
        if (isFirst) return;
        _world.Restarts++;
        MetadataCheck.Compare(_world);
        new RestartCheck(_world).Run(powerWasLost);
    }
}
