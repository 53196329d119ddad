using Simulation.Runs;

namespace Simulation.Tests;

public sealed class SimulationTests
{
    private const int SeedsOfEveryTest = 8;

    /// <summary>Seeds that find a bug soon, for those that are not found by the first few.</summary>
    private static readonly Dictionary<string, ulong> s_foundSoon = new()
    {
        [nameof(PlantedBug.FailedFlushRetried)] = 12,
        [nameof(PlantedBug.TornTailKept)] = 11,
        [nameof(PlantedBug.GroupAnswersBeforeTheLog)] = 5,
        [nameof(PlantedBug.GroupCommitsOfOldGenerations)] = 5,
        [nameof(PlantedBug.SwapAfterDeletion)] = 35,
        [nameof(PlantedBug.DeletesBeyondHighWatermark)] = 10,
        [nameof(PlantedBug.DeletesAllToLogEnd)] = 10,
        [nameof(PlantedBug.FlushWakesNoFetch)] = 4,
        [nameof(PlantedBug.SettingsNotInOpenLog)] = 6,
        [nameof(PlantedBug.DroppedRecordsNotReleased)] = 4,
        [nameof(PlantedBug.TimesBeyondHighWatermark)] = 8,
        [nameof(PlantedBug.OlderPartitionStillWrites)] = 75,
    };

    public static TheoryData<string> Bugs() => new(Enum.GetNames<PlantedBug>().Where(name => name != nameof(PlantedBug.None)));

    [Fact]
    public void Every_promise_is_kept_whatever_the_disk_the_clients_and_the_crashes_do()
    {
        for (ulong seed = 1; seed <= SeedsOfEveryTest; seed++)
        {
            RunResult result = SimulatedRun.Run(new RunOptions(seed));
            Assert.True(result.Violation is null, $"{result.Violation?.Message}\nrepeat with: {result.Options.Command}\n{string.Join('\n', result.LastSteps)}");
            Assert.True(result.Restarts > 1);
        }
    }

    /// <summary>Seeds that broke a promise, or the model of it, when they were found.</summary>
    [Theory]
    [InlineData(5UL)]
    [InlineData(8UL)]
    [InlineData(5067UL)]
    [InlineData(5155UL)]
    [InlineData(5233UL)]
    [InlineData(439295940UL, nameof(Emphasis.FullDisk))]
    [InlineData(690038290UL, nameof(Emphasis.FullDisk))]
    [InlineData(91222621UL, "FullDisk,Compaction")]
    [InlineData(249034233UL, nameof(Emphasis.Compaction))]
    [InlineData(1040UL, nameof(Emphasis.FailingDisk))]
    public void A_seed_that_once_broke_a_promise_keeps_it(ulong seed, string emphasis = nameof(Emphasis.None))
    {
        RunResult result = SimulatedRun.Run(new RunOptions(seed, Emphasis: Enum.Parse<Emphasis>(emphasis)));
        Assert.True(result.Violation is null, $"{result.Violation?.Message}\nrepeat with: {result.Options.Command}\n{string.Join('\n', result.LastSteps)}");
    }

    [Fact]
    public void A_seed_gives_the_same_run_each_time()
    {
        foreach (ulong seed in new ulong[] { 1, 2, 3 })
        {
            var options = new RunOptions(seed, Steps: 1500);
            Assert.Equal(SimulatedRun.Run(options).TraceHash, SimulatedRun.Run(options).TraceHash);
        }
    }

    [Fact]
    public void Seeds_give_different_runs() =>
        Assert.NotEqual(SimulatedRun.Run(new RunOptions(1, Steps: 300)).TraceHash, SimulatedRun.Run(new RunOptions(2, Steps: 300)).TraceHash);

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_planted_bug_is_found_within_a_minute_and_its_seed_finds_it_again(string bug)
    {
        // A minute of work: on a busy machine it takes longer, and finds as much. The search begins where the bug was found soon when it was planted.
        TimeSpan begin = Environment.CpuUsage.TotalTime;
        for (ulong seed = s_foundSoon.GetValueOrDefault(bug, 1UL); Environment.CpuUsage.TotalTime - begin < TimeSpan.FromMinutes(1); seed++)
        {
            var options = new RunOptions(seed, Bug: Enum.Parse<PlantedBug>(bug), Emphasis: MoreFor(bug));
            RunResult result = SimulatedRun.Run(options);
            if (result.Violation is null) continue;
            RunResult again = SimulatedRun.Run(options);
            Assert.Equal(result.Violation.Message, again.Violation?.Message);
            Assert.Equal(result.TraceHash, again.TraceHash);
            return;
        }
        Assert.Fail($"no run found {bug}");
    }

    /// <summary>A disk that fails ends the node, so that by chance alone few runs see what a failed flush, or a recovery that looks at too little, leaves behind.</summary>
    private static Emphasis MoreFor(string bug) =>
        bug is nameof(PlantedBug.FailedFlushForgotten) or nameof(PlantedBug.RecoveryPointTooFar) ? Emphasis.FailingDisk : Emphasis.None;

    [Fact]
    public void A_failure_prints_its_seed_and_the_command_that_repeats_it()
    {
        var output = new StringWriter();
        for (int seed = 1; seed < 50; seed++)
        {
            if (CommandLine.Run(["--seed", $"{seed}", "--bug", nameof(PlantedBug.AcknowledgeBeforeFlush)], output) == 0) continue;
            Assert.Contains($"repeat with: ./simulate --seed {seed} --bug {nameof(PlantedBug.AcknowledgeBeforeFlush)}", output.ToString());
            return;
        }
        Assert.Fail("nothing failed");
    }
}
