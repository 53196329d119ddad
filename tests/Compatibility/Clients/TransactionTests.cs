using System.Diagnostics;
using Support;
using Support.Clients;

namespace Compatibility.Clients;

/// <summary>Transactions are not served: a client that wants them gives up at once and says why, instead of waiting for its whole time-out.</summary>
public sealed class TransactionTests
{
    private const string Words = "This broker does not serve transactions";

    [SkippableFact]
    public void Librdkafka_gives_up_at_once()
    {
        var client = new Librdkafka();
        client.Require();
        using var broker = new TestBroker();
        TransactionStart start = client.Transact(broker.Bootstrap, "tx", patience: 60);
        Assert.True(start.IsFatal, start.Error);
        Assert.Contains(Words, start.Error, StringComparison.Ordinal);
        Assert.InRange(start.Seconds, 0, 30);
    }

    [SkippableFact]
    public void The_java_client_gives_up_at_once()
    {
        KafkaTools.Require();
        using var broker = new TestBroker();
        KafkaTools.Run("topics", ["--bootstrap-server", broker.Bootstrap, "--create", "--topic", "t"]).Succeeded();
        long began = Stopwatch.GetTimestamp();
        Finished finished = KafkaTools.Run("producer-perf-test",
        [
            "--bootstrap-server", broker.Bootstrap, "--topic", "t", "--num-records", "10", "--record-size", "10", "--throughput", "-1",
            "--transactional-id", "tx", "--command-property", "max.block.ms=60000",
        ]);
        Assert.Contains(Words, finished.Output + finished.Errors, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 50);
    }
}
