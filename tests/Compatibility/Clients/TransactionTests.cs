using System.Diagnostics;
using Support;
using Support.Clients;

namespace Compatibility.Clients;

/// <summary>Transactions are not served: a client that wants them gives up at once and says why, instead of waiting for its whole time-out.</summary>
public sealed class TransactionTests(TransactionTests.SharedBroker shared) : IClassFixture<TransactionTests.SharedBroker>
{
    private const string Words = "This broker does not serve transactions";

    public sealed class SharedBroker : IDisposable
    {
        internal TestBroker Broker { get; } = new("num.partitions=1");

        public void Dispose() => Broker.Dispose();
    }

    private string Bootstrap => shared.Broker.Bootstrap;

    [Fact]
    public void Librdkafka_gives_up_at_once()
    {
        TransactionStart start = new Librdkafka().Transact(Bootstrap, "tx", patience: 60);
        Assert.True(start.IsFatal, start.Error);
        Assert.Contains(Words, start.Error, StringComparison.Ordinal);
        Assert.InRange(start.Seconds, 0, 30);
    }

    [SkippableFact]
    public void Kcat_gives_up_at_once()
    {
        Judges.Command("kcat");
        long began = Stopwatch.GetTimestamp();
        Finished finished = Shell.Run(new ProcessStartInfo("kcat", ["-b", Bootstrap, "-P", "-t", "t", "-X", "transactional.id=tx-of-kcat"]), "x\n"u8.ToArray(), TimeSpan.FromMinutes(2));
        Assert.NotEqual(0, finished.ExitCode);
        Assert.Contains(Words, finished.Errors, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 30);
    }

    [SkippableFact]
    public void The_java_client_gives_up_at_once()
    {
        KafkaTools.Require();
        KafkaTools.Run("topics", ["--bootstrap-server", Bootstrap, "--create", "--topic", "of-java"]).Succeeded();
        long began = Stopwatch.GetTimestamp();
        Finished finished = KafkaTools.Run("producer-perf-test",
        [
            "--bootstrap-server", Bootstrap, "--topic", "of-java", "--num-records", "10", "--record-size", "10", "--throughput", "-1",
            "--transactional-id", "tx", "--command-property", "max.block.ms=60000",
        ]);
        Assert.Contains(Words, finished.Output + finished.Errors, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 50);
    }
}
