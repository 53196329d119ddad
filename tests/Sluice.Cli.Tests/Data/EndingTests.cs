using System.Diagnostics;
using System.Text;
using Support;

namespace Sluice.Cli.Tests.Data;

/// <summary>Commands end when they should: their reader has gone, a signal came, or what they are asked for cannot be.</summary>
public sealed class EndingTests(DataCommandTests.Broker broker) : IClassFixture<DataCommandTests.Broker>
{
    /// <summary>Far more than a command takes that ends by itself, far less than the time-outs of clients.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly string Program = DataCommandTests.Program;

    [Fact]
    public void Reading_ends_with_the_reader_although_no_record_comes_any_more()
    {
        string topic = Topic("1\n2\n3");
        Assert.Equal("1\n2\n", Bash($"\"$1\" consume {topic} --from beginning | head -n 2").Succeeded());
        // In a group too, whose offsets are then committed.
        Assert.Equal("1\n2\n", Bash($"\"$1\" consume {topic} --from beginning --group g-{topic} | head -n 2").Succeeded());
    }

    [Fact]
    public void A_dump_ends_with_its_reader()
    {
        string topic = Topic(string.Join('\n', Enumerable.Range(0, 20_000)));
        string segment = Path.Combine(broker.Data, topic + "-0", "00000000000000000000.log");
        Assert.StartsWith("# ", Bash($"\"$1\" log dump '{segment}' --values | head -n 1").Succeeded());
    }

    [Theory]
    [InlineData("INT", ExitCodes.Interrupted)]
    [InlineData("TERM", ExitCodes.Terminated)]
    public void A_signal_ends_reading_and_writing(string signal, int code)
    {
        string topic = Topic("1");
        using Process reading = Process.Start(Start("consume", topic, "--from", "beginning"))!;
        Assert.Equal("1", reading.StandardOutput.ReadLine());
        Assert.Equal(code, Signalled(reading, signal).ExitCode);

        using Process writing = Write("2", "produce", topic);
        Wait.Until("the line is written", Patience, () => Run(null, "consume", topic, "--from", "beginning", "--exit-at-end").Output == "1\n2\n");
        Finished produced = Signalled(writing, signal);
        Assert.Equal(code, produced.ExitCode);
        Assert.Contains("1 records written", produced.Errors);
    }

    [Fact]
    public void Writing_to_a_partition_that_is_not_there_fails_at_once()
    {
        Finished run = Run("a line", "produce", Topic("1"), "--partition", "7");
        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains("there is no partition 7", run.Errors);
    }

    [Theory]
    [InlineData("produce", "x")]
    [InlineData("consume", "x")]
    [InlineData("topic", "list")]
    [InlineData("group", "list")]
    public void A_dead_address_fails_at_once(params string[] command)
    {
        Finished run = Run("a line", [.. command, "--bootstrap", "127.0.0.1:1"]);
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains("127.0.0.1:1", run.Errors);
    }

    [Fact]
    public void A_broker_that_stops_ends_writing_with_what_was_written()
    {
        using var own = new TestBroker("group.initial.rebalance.delay.ms=0");
        using Process process = Write("one", "produce", "stopped", "--bootstrap", own.Bootstrap);
        Wait.Until("the first line is written", Patience, () => Run(null, "consume", "stopped", "--from", "beginning", "--exit-at-end", "--bootstrap", own.Bootstrap).Output == "one\n");
        own.KillHard();
        process.StandardInput.WriteLine("two");
        process.StandardInput.Flush();
        // The first signal is heeded also while a record waits for a broker.
        Finished ended = Signalled(process, "TERM");
        Assert.Equal(ExitCodes.Terminated, ended.ExitCode);
        Assert.Contains("1 records written", ended.Errors);
    }

    [Fact]
    public void The_index_of_a_live_partition_is_whole()
    {
        string topic = Topic(string.Join('\n', Enumerable.Range(0, 50_000)));
        Finished run = Run(null, "log", "dump", Path.Combine(broker.Data, topic + "-0"));
        Assert.Contains(" 0 damaged", run.Errors);
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains("timestamp ", run.Output);
    }

    private string Topic(string lines)
    {
        string topic = $"name-{Guid.NewGuid():N}";
        Run(null, "topic", "create", topic, "--partitions", "1").Succeeded();
        Run(lines, "produce", topic).Succeeded();
        return topic;
    }

    private Process Write(string line, params string[] arguments)
    {
        Process process = Process.Start(Start(arguments))!;
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
        return process;
    }

    private Finished Run(string? input, params string[] arguments) => Shell.Run(Start(arguments), input is null ? null : Encoding.UTF8.GetBytes(input), Patience);

    private Finished Bash(string script) => Shell.Run(
        With(new ProcessStartInfo("bash", ["-c", "set -eu; " + script, "bash", Program])), null, Patience);

    /// <summary>A shell lets what it starts in the background ignore SIGINT, and .NET leaves it so: here it counts.</summary>
    private ProcessStartInfo Start(params string[] arguments) => With(new ProcessStartInfo("env", ["--default-signal=INT", Program, .. arguments])
    {
        RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
    });

    private ProcessStartInfo With(ProcessStartInfo start)
    {
        start.Environment["SLUICE_BOOTSTRAP"] = broker.Bootstrap;
        return start;
    }

    private static Finished Signalled(Process process, string signal)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        Shell.Run("kill", $"-{signal}", $"{process.Id}").Succeeded();
        if (process.WaitForExit(Patience)) return new Finished(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
        process.Kill();
        throw new TimeoutException($"the command did not end within {Patience}");
    }
}
