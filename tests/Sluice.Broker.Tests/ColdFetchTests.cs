using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;

namespace Sluice.Broker.Tests;

/// <summary>By the word of the kernel, which counts the bytes that each thread had to wait for: event loops do not read from the disk.</summary>
public sealed class ColdFetchTests
{
    private const int Batches = 40;
    private const int BatchBytes = 900_000;
    private const int DropPages = 4; // POSIX_FADV_DONTNEED

    [SkippableFact]
    public async Task A_consumer_far_behind_reads_from_the_disk_on_background_threads()
    {
        using BrokerProcess broker = await BrokerProcess.StartAsync(null, "sluice.shards=1");
        using TcpClient client = broker.Connect();
        var create = new CreateTopicsRequest { TimeoutMs = 10_000, Topics = [new() { Name = "old", NumPartitions = 1, ReplicationFactor = 1, Configs = [new() { Name = "segment.bytes", Value = "2000000" }] }] };
        Assert.Equal(ErrorCode.None, BrokerProcess.Ask(client, create, 7).Topics[0].ErrorCode);
        Fill(client);
        Drop(Path.Combine(broker.Directory, "data", "old-0"));
        Dictionary<string, long> before = BytesRead(broker.Id);
        FetchAll(client);
        Dictionary<string, long> read = BytesRead(broker.Id);
        long Of(string thread) => read.Where(entry => entry.Key.StartsWith(thread, StringComparison.Ordinal)).Sum(entry => entry.Value - before.GetValueOrDefault(entry.Key));
        long background = Of("background"), loops = Of("loop");
        Skip.If(background + loops < Batches * BatchBytes / 2, "the file system keeps its pages in memory (tmpfs), or the kernel does not count");
        // The end of the log is taken to be in memory, and was dropped here all the same.
        Assert.InRange(loops, 0, 10_000_000);
        Assert.True(background > 2 * loops, $"the loops read {loops} bytes from the disk, the background threads {background}");
    }

    private static void Fill(TcpClient client)
    {
        byte[] value = new byte[BatchBytes];
        new Random(3).NextBytes(value);
        using var builder = new RecordBatchBuilder();
        builder.Append(1_700_000_000_000, null, value);
        byte[] batch = builder.Build();
        for (int i = 0; i < Batches; i++)
        {
            var produce = new ProduceRequest { Acks = 1, TimeoutMs = 10_000, TopicData = [new() { Name = "old", PartitionData = [new() { Index = 0, Records = new Records(batch) }] }] };
            Assert.Equal(ErrorCode.None, BrokerProcess.Ask(client, produce, 9).Responses[0].PartitionResponses[0].ErrorCode);
        }
    }

    /// <summary>Writes the files' pages to the disk and drops them from memory.</summary>
    private static void Drop(string directory)
    {
        foreach (string file in Directory.GetFiles(directory))
        {
            using SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            RandomAccess.FlushToDisk(handle);
            _ = Advise((int)handle.DangerousGetHandle(), 0, 0, DropPages);
        }
    }

    private static void FetchAll(TcpClient client)
    {
        for (long offset = 0; offset < Batches;)
        {
            var fetch = new FetchRequest
            {
                MaxWaitMs = 1000,
                MinBytes = 1,
                MaxBytes = 50_000_000,
                SessionEpoch = -1,
                Topics = [new() { Topic = "old", Partitions = [new() { FetchOffset = offset, PartitionMaxBytes = 1_000_000, CurrentLeaderEpoch = -1 }] }],
            };
            FetchResponse.PartitionData answer = BrokerProcess.Ask(client, fetch, 11).Responses[0].Partitions[0];
            Assert.Equal(ErrorCode.None, answer.ErrorCode);
            foreach (RecordBatch batch in RecordBatches.Split(answer.Records.Memory.Span))
            {
                Assert.Equal(BatchError.None, batch.Validate());
                offset = Math.Max(offset, batch.LastOffset + 1);
            }
        }
    }

    /// <summary>Bytes that each thread of a process had read from the device, by name and number.</summary>
    private static Dictionary<string, long> BytesRead(int process)
    {
        var read = new Dictionary<string, long>();
        foreach (string task in Directory.GetDirectories($"/proc/{process}/task"))
        {
            try
            {
                string line = File.ReadLines(Path.Combine(task, "io")).First(l => l.StartsWith("read_bytes:", StringComparison.Ordinal));
                read[$"{File.ReadAllText(Path.Combine(task, "comm")).Trim()} {Path.GetFileName(task)}"] = long.Parse(line["read_bytes:".Length..], CultureInfo.InvariantCulture);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
            {
                // The thread has ended, or this kernel does not count.
            }
        }
        return read;
    }

    [DllImport("libc", EntryPoint = "posix_fadvise")]
    private static extern int Advise(int descriptor, long position, long length, int advice);
}
