using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;

namespace Sluice.Broker.Tests;

/// <summary>By the word of the kernel: a large fetch leaves by sendfile, and the broker reads no more of the log than batch headers.</summary>
public sealed partial class ZeroCopyTests
{
    private const string Strace = "/usr/bin/strace";
    private const int Batches = 200;
    private const int RecordsABatch = 100;
    private const int HeaderReadsMaxPercent = 2;

    [SkippableFact]
    public async Task A_large_fetch_is_sent_by_sendfile_and_reads_no_log_data()
    {
        Skip.IfNot(File.Exists(Strace), "strace is not installed");
        using BrokerProcess broker = await BrokerProcess.StartAsync();
        using TcpClient client = broker.Connect();
        long logBytes = Fill(client);
        string trace = Path.Combine(broker.Directory, "trace");
        using Process strace = await TraceAsync(broker, trace);
        long fetched = FetchAll(client);
        using (Process interrupt = Process.Start("/bin/kill", ["-INT", strace.Id.ToString(CultureInfo.InvariantCulture)])) interrupt.WaitForExit();
        await strace.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(logBytes, fetched);
        string[] calls = File.ReadAllLines(trace);
        long sent = Sum(calls, SendFile());
        long read = Sum(calls, ReadOfLog());
        Assert.True(sent >= fetched, $"{fetched} bytes were fetched, sendfile sent {sent}");
        Assert.True(read * 100 <= fetched * HeaderReadsMaxPercent, $"{read} bytes of the log were read to send {fetched}");
    }

    private static long Fill(TcpClient client)
    {
        var create = new CreateTopicsRequest { TimeoutMs = 10_000, Topics = [new() { Name = "large", NumPartitions = 1, ReplicationFactor = 1 }] };
        Assert.Equal(ErrorCode.None, BrokerProcess.Ask(client, create, 7).Topics[0].ErrorCode);
        using var builder = new RecordBatchBuilder();
        byte[] value = new byte[1000];
        new Random(3).NextBytes(value);
        for (int i = 0; i < RecordsABatch; i++) builder.Append(1_700_000_000_000, null, value);
        byte[] batch = builder.Build();
        for (int i = 0; i < Batches; i++)
        {
            var produce = new ProduceRequest
            {
                Acks = 1,
                TimeoutMs = 10_000,
                TopicData = [new() { Name = "large", PartitionData = [new() { Index = 0, Records = new Records(batch) }] }],
            };
            Assert.Equal(ErrorCode.None, BrokerProcess.Ask(client, produce, 9).Responses[0].PartitionResponses[0].ErrorCode);
        }
        return (long)batch.Length * Batches;
    }

    private static async Task<Process> TraceAsync(BrokerProcess broker, string file)
    {
        string[] arguments = ["-f", "-y", "-e", "trace=read,pread64,readv,preadv,sendfile", "-o", file, "-p", broker.Id.ToString(CultureInfo.InvariantCulture)];
        var strace = Process.Start(new ProcessStartInfo(Strace, arguments) { RedirectStandardError = true })!;
        // "strace: Process N attached with M threads"
        string? line = await strace.StandardError.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Skip.IfNot(line?.Contains("attached", StringComparison.Ordinal) == true, $"strace may not trace here: {line}");
        _ = strace.StandardError.ReadToEndAsync();
        await Task.Delay(200);
        return strace;
    }

    private static long FetchAll(TcpClient client)
    {
        long received = 0;
        for (long offset = 0; offset < Batches * RecordsABatch;)
        {
            var fetch = new FetchRequest
            {
                ReplicaId = -1,
                MaxWaitMs = 1000,
                MinBytes = 1,
                MaxBytes = 50_000_000,
                SessionEpoch = -1,
                Topics = [new() { Topic = "large", Partitions = [new() { Partition = 0, FetchOffset = offset, PartitionMaxBytes = 5_000_000, CurrentLeaderEpoch = -1 }] }],
            };
            FetchResponse.PartitionData answer = BrokerProcess.Ask(client, fetch, 12).Responses[0].Partitions[0];
            Assert.Equal(ErrorCode.None, answer.ErrorCode);
            foreach (RecordBatch batch in RecordBatches.Split(answer.Records.Memory.Span))
            {
                if (batch.LastOffset < offset) continue;
                received += batch.SizeInBytes;
                offset = batch.LastOffset + 1;
            }
        }
        return received;
    }

    private static long Sum(IEnumerable<string> calls, Regex call) => calls
        .Select(line => call.Match(line))
        .Where(match => match.Success)
        .Sum(match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    // With another thread's call in between, strace writes a call in two lines; the second has the result.
    [GeneratedRegex(@"sendfile(?:\(.*| resumed>.*)= (\d+)$")]
    private static partial Regex SendFile();

    [GeneratedRegex(@"(?:read|pread64|readv|preadv)(?:\(\d+<[^>]*\.log>.*| resumed>.*)= (\d+)$")]
    private static partial Regex ReadOfLog();
}
