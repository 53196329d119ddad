using System.Diagnostics;
using Sluice.Protocol.Batches;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;
using Sluice.Storage.Segments;

namespace Benchmarks.Micro;

/// <summary>
/// What the log costs beside a plain sequential pwrite of the same bytes, and what a look-up costs. Rounds alternate, so that
/// whatever else the machine does falls on both; CPU time says more than the clock on a busy machine.
/// </summary>
internal static class LogBenchmark
{
    private const int RecordsPerBatch = 16;
    private const int RecordSize = 1024;
    private const int BatchesPerRound = 8192;
    private const int Rounds = 4;
    private const int StagedPerWrite = 8;
    private const int LookUps = 200_000;

    public static int Run()
    {
        string root = Path.Combine(Path.GetTempPath(), "sluice-bench-" + Environment.ProcessId);
        var disk = new FileDisk();
        disk.CreateDirectory(root);
        try
        {
            byte[] batch = Batch();
            Console.WriteLine($"batch of {RecordsPerBatch} records of {RecordSize} bytes: {batch.Length} bytes");
            Appends(disk, root, batch);
            LookUp(disk, root, batch);
            Checksums(batch);
            return 0;
        }
        finally
        {
            disk.DeleteDirectory(root);
        }
    }

    private static void Appends(FileDisk disk, string root, byte[] batch)
    {
        for (int round = 0; round < Rounds; round++)
        {
            Raw(disk, $"{root}/raw", batch, round);
            using var files = new OpenFiles(disk);
            PartitionLog log = PartitionLog.Open(files, $"{root}/append-{round}", LogConfig.Default, default);
            Measure($"append, round {round}", BatchesPerRound, batch.Length, () =>
            {
                for (int i = 0; i < BatchesPerRound; i++)
                    log.Append(batch, 0, 0);
            });
            PartitionLog staged = PartitionLog.Open(files, $"{root}/staged-{round}", LogConfig.Default, default);
            byte[][] copies = [.. Enumerable.Range(0, StagedPerWrite).Select(_ => (byte[])batch.Clone())];
            Measure($"stage {StagedPerWrite} and write, round {round}", BatchesPerRound, batch.Length, () =>
            {
                for (int i = 0; i < BatchesPerRound / StagedPerWrite; i++)
                {
                    foreach (byte[] copy in copies)
                        staged.Stage(copy, 0, 0);
                    staged.WriteStaged();
                }
            });
            files.Dispose();
            disk.DeleteDirectory($"{root}/append-{round}");
            disk.DeleteDirectory($"{root}/staged-{round}");
            disk.DeleteFile($"{root}/raw");
        }
    }

    private static void Raw(FileDisk disk, string path, byte[] batch, int round)
    {
        using IDiskFile file = disk.Open(path, DiskAccess.Create);
        Measure($"raw pwrite, round {round}", BatchesPerRound, batch.Length, () =>
        {
            for (int i = 0; i < BatchesPerRound; i++)
                file.Write((long)i * batch.Length, batch);
        });
    }

    private static void LookUp(FileDisk disk, string root, byte[] batch)
    {
        using var files = new OpenFiles(disk);
        PartitionLog log = PartitionLog.Open(files, $"{root}/read", LogConfig.Default with { SegmentBytes = 64 * 1024 * 1024 }, default);
        for (int i = 0; i < BatchesPerRound; i++)
            log.Append(batch, 0, 0);
        Reads("look-up at random", log, i => (long)((uint)(i * 2654435761L) % log.LogEndOffset));
        Reads("look-up in order", log, i => (long)i * RecordsPerBatch % log.LogEndOffset);
        Reads("look-up of the last batch", log, _ => log.LogEndOffset - RecordsPerBatch);
        Reads("look-up at the end", log, _ => log.LogEndOffset);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            log.Read(i, 1 << 20)!.Value.Records.Release();
        Console.WriteLine($"bytes allocated a look-up: {(GC.GetAllocatedBytesForCurrentThread() - before) / 1000.0:F1}");
    }

    private static void Reads(string name, PartitionLog log, Func<int, long> offset) => Measure(name, LookUps, 0, () =>
    {
        for (int i = 0; i < LookUps; i++)
            log.Read(offset(i), 1 << 20)!.Value.Records.Release();
    });

    private static void Checksums(byte[] batch) => Measure("crc", BatchesPerRound * 10, batch.Length, () =>
    {
        for (int i = 0; i < BatchesPerRound * 10; i++)
            new RecordBatch(batch).ComputeCrc();
    });

    private static void Measure(string name, int count, int size, Action action)
    {
        TimeSpan user = Environment.CpuUsage.UserTime, kernel = Environment.CpuUsage.PrivilegedTime;
        var clock = Stopwatch.StartNew();
        action();
        clock.Stop();
        user = Environment.CpuUsage.UserTime - user;
        kernel = Environment.CpuUsage.PrivilegedTime - kernel;
        string rate = size == 0 ? "" : $", {(long)count * size / (user + kernel).TotalSeconds / 1e6,8:F0} MB a CPU second";
        Console.WriteLine($"{name,-36} {user.TotalMicroseconds / count,7:F2} us user {kernel.TotalMicroseconds / count,7:F2} us kernel{rate} ({clock.ElapsedMilliseconds} ms)");
    }

    private static byte[] Batch()
    {
        using var builder = new RecordBatchBuilder();
        byte[] value = new byte[RecordSize];
        new Random(1).NextBytes(value);
        for (int i = 0; i < RecordsPerBatch; i++)
            builder.Append(1_700_000_000_000 + i, null, value);
        return builder.Build();
    }
}
