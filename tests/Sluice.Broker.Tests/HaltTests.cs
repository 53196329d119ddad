using System.Net.Sockets;
using System.Text;
using Sluice.Broker.Hosting;
using Sluice.Broker.Logging;
using Sluice.Broker.Metrics;
using Sluice.Broker.Startup;
using Sluice.Core.Configuration;
using Sluice.Protocol.Messages;
using Sluice.Storage.Disk;
using Support.Disks;

namespace Sluice.Broker.Tests;

public sealed class HaltTests
{
    [Fact]
    public async Task A_failed_fsync_of_the_metadata_ends_the_process_before_anything_is_acknowledged()
    {
        string directory = Directory.CreateTempSubdirectory("sluice-broker-test-").FullName;
        BrokerProperties properties = BrokerConfigs.Parse(new Dictionary<string, string>
        {
            ["node.id"] = "1",
            ["log.dirs"] = directory,
            ["listeners"] = "PLAINTEXT://127.0.0.1:0",
            ["sluice.shards"] = "2",
        });
        var exited = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stream = new MemoryStream();
        using var output = new LogOutput(stream, new TextLogFormat(colors: false));
        using var logs = new BrokerLoggerProvider(output, Microsoft.Extensions.Logging.LogLevel.Information);
        using var metrics = new BrokerMetrics(shards: 2);
        var disk = new DiskWithoutFlush();
        // The thread that halts never goes on, as in a process that has ended; the loops are left to the end of the tests.
        void Exit(int code)
        {
            exited.SetResult(code);
            Thread.Sleep(Timeout.Infinite);
        }
        BrokerHost host = BrokerHost.Start(properties, NetworkSettings.From(properties, 2), disk, metrics, new HostOutput(logs, output.Flush, Exit));
        using var client = new TcpClient { ReceiveTimeout = 500 };
        client.Connect(host.Addresses[0].Address);
        disk.Fails = true;
        BrokerProcess.Send(client, new CreateTopicsRequest { Topics = [new() { Name = "t", NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 5000 }, 7);
        Assert.Equal(3, await exited.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Throws<IOException>(() => client.GetStream().ReadByte());
        Assert.Contains("FATAL broker: the broker stops at once", Encoding.UTF8.GetString(stream.ToArray()));
    }

    private sealed class DiskWithoutFlush : WrappedDisk
    {
        public volatile bool Fails;

        protected override IDiskFile Wrap(IDiskFile file) => new FileWithoutFlush(this, file);
    }

    private sealed class FileWithoutFlush(DiskWithoutFlush disk, IDiskFile file) : WrappedFile(file)
    {
        public override void Flush()
        {
            if (disk.Fails) throw new DiskException(DiskErrorKind.InputOutput, Path, "fsync failed: Input/output error");
            base.Flush();
        }
    }
}
