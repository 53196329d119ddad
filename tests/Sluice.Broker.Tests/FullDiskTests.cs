using System.Diagnostics;
using System.Net.Sockets;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;
using Support;

namespace Sluice.Broker.Tests;

/// <summary>A broker on a disk without a byte left, which is a small file system in a mount namespace of the test's own.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-full-disk-").FullName;
    private Process? _holder;

    public void Dispose()
    {
        // The file system goes with the last process of its namespace.
        _holder?.Kill();
        _holder?.WaitForExit();
        _holder?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [SkippableFact]
    public async Task It_starts_after_a_kill_and_its_topics_can_be_deleted()
    {
        MountSmallDisk();
        string[] inside = ["nsenter", "-t", $"{_holder!.Id}", "-m", "--"];
        using (BrokerProcess broker = await BrokerProcess.StartUnderAsync(inside, _folder, "log.index.size.max.bytes=65536"))
        {
            using TcpClient client = broker.Connect();
            Create(client, "large", "small");
            await FilledAsync();
            ErrorCode error = ErrorCode.None;
            for (int i = 0; i < 200 && error == ErrorCode.None; i++) error = Produce(client, "large", 256 * 1024);
            Assert.Equal(ErrorCode.KafkaStorageError, error);
            broker.Signal("KILL");
            await broker.ExitCodeAsync();
        }
        // Whatever a write left free is taken as well.
        TakeTheRest();

        using BrokerProcess again = await BrokerProcess.StartUnderAsync(inside, _folder, "log.index.size.max.bytes=65536", "log.segment.delete.delay.ms=100");
        Assert.Contains(again.Log, line => line.GetProperty("message").GetString()!.Contains("is full: the room that was kept for this case is given up", StringComparison.Ordinal));
        using TcpClient reader = again.Connect();
        Assert.Equal(ErrorCode.KafkaStorageError, Produce(reader, "small", 100));
        using var http = new HttpClient();
        Assert.Contains("\nsluice_disk_full{} 1\n", await http.GetStringAsync($"http://{again.Http}/metrics"), StringComparison.Ordinal);
        DeleteTopicsResponse deleted = BrokerProcess.Ask(reader, new DeleteTopicsRequest { TopicNames = ["large"], TimeoutMs = 30_000 }, 5);
        Assert.Equal(ErrorCode.None, deleted.Responses[0].ErrorCode);
        await Wait.UntilAsync(() => Produce(reader, "small", 100) == ErrorCode.None, what: "records are taken again");
        Assert.Contains("\nsluice_disk_full{} 0\n", await http.GetStringAsync($"http://{again.Http}/metrics"), StringComparison.Ordinal);
        again.Signal("TERM");
        Assert.Equal(0, await again.ExitCodeAsync());
    }

    /// <summary>Waits until the broker has taken its reserve, which it does beside its start.</summary>
    private async Task FilledAsync()
    {
        string reserve = $"/proc/{_holder!.Id}/root{_folder}/data/reserve";
        await Wait.UntilAsync(() => File.Exists(reserve) && new FileInfo(reserve).Length > 0, limit: TimeSpan.FromSeconds(30), what: "the broker takes its reserve");
    }

    private void MountSmallDisk()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "needs root, to mount a file system of its own");
        Directory.CreateDirectory($"{_folder}/data");
        _holder = Process.Start(new ProcessStartInfo("unshare", ["-m", "sh", "-c", $"mount -t tmpfs -o size=24m tmpfs {_folder}/data && echo mounted && exec sleep 600"]) { RedirectStandardOutput = true })!;
        Skip.IfNot(_holder.StandardOutput.ReadLine() == "mounted", "this machine lets no file system be mounted in a namespace");
    }

    private void TakeTheRest()
    {
        using Process fill = Process.Start("nsenter", ["-t", $"{_holder!.Id}", "-m", "--", "sh", "-c", $"cat /dev/zero > {_folder}/data/filler 2> /dev/null"]);
        fill.WaitForExit();
    }

    private static void Create(TcpClient client, params string[] topics) =>
        Assert.All(
            BrokerProcess.Ask(client, new CreateTopicsRequest { Topics = [.. topics.Select(t => new CreateTopicsRequest.CreatableTopic { Name = t, NumPartitions = 1, ReplicationFactor = 1 })], TimeoutMs = 30_000 }, 7).Topics,
            topic => Assert.Equal(ErrorCode.None, topic.ErrorCode));

    private static ErrorCode Produce(TcpClient client, string topic, int bytes)
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, new byte[bytes]);
        var request = new ProduceRequest
        {
            Acks = 1, TimeoutMs = 10_000,
            TopicData = [new() { Name = topic, PartitionData = [new() { Index = 0, Records = new Records(builder.Build()) }] }],
        };
        return BrokerProcess.Ask(client, request, 9).Responses[0].PartitionResponses[0].ErrorCode;
    }
}
