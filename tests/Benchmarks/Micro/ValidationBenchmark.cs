using System.Globalization;
using Benchmarks.Driving;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Benchmarks.Micro;

/// <summary>
/// What looking through every batch costs a broker on the way in, in CPU seconds for a gigabyte of records before compression: the checksum,
/// the decompression into a buffer that is used again, and the pass over the records; and what of it allocates.
/// </summary>
internal static class ValidationBenchmark
{
    private const int BatchBytes = 64 * 1024;
    private const double Gigabyte = 1e9;
    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(400);

    public static int Run()
    {
        Console.WriteLine($"batches of {BatchBytes / 1024} KiB of text; CPU seconds for a GB of records");
        Console.WriteLine($"{"codec",-8} {"record",7} {"ratio",6} {"checksum",9} {"decode",9} {"look",9} {"in all",9} {"bytes allocated a batch",25}");
        foreach (int recordSize in new[] { 100, 1000 })
        {
            foreach (CompressionCodec codec in Enum.GetValues<CompressionCodec>()) Measure(codec, recordSize);
        }
        return 0;
    }

    private static void Measure(CompressionCodec codec, int recordSize)
    {
        byte[] batch = Build(codec, recordSize, out int bodySize);
        using var body = new PooledBuffer();
        double checksum = SecondsForGigabyte(bodySize, () => new RecordBatch(batch).ComputeCrc());
        double decode = codec == CompressionCodec.None ? 0 : SecondsForGigabyte(bodySize, () => Decode(batch, body));
        byte[] plain = codec == CompressionCodec.None ? new RecordBatch(batch).Body.ToArray() : Decoded(batch, body);
        double look = SecondsForGigabyte(bodySize, () => Look(batch, plain));
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int Times = 1000;
        for (int i = 0; i < Times && codec != CompressionCodec.None; i++)
        {
            Decode(batch, body);
            Look(batch, body.WrittenSpan);
        }
        double allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Times;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Codecs.Name(codec),-8} {recordSize,7} {(double)bodySize / batch.Length,6:F1} {checksum,9:F3} {decode,9:F3} {look,9:F3} {checksum + decode + look,9:F3} {allocated,25:F0}"));
    }

    private static void Decode(byte[] batch, PooledBuffer body)
    {
        var view = new RecordBatch(batch);
        body.Clear();
        Codecs.Decompress(view.Codec, view.Body, body, new DecompressionLimit(1 << 24));
    }

    private static byte[] Decoded(byte[] batch, PooledBuffer body)
    {
        Decode(batch, body);
        return body.WrittenSpan.ToArray();
    }

    private static void Look(byte[] batch, ReadOnlySpan<byte> body)
    {
        var view = new RecordBatch(batch);
        if (RecordSurvey.TryMake(body, view.RecordCount, view.BaseTimestamp, out _) != BatchError.None)
            throw new InvalidOperationException("the benchmark's own batch is malformed");
    }

    /// <summary>The least of several rounds: what the machine does beside can only add.</summary>
    private static double SecondsForGigabyte(int bytes, Action action)
    {
        double least = double.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            TimeSpan begin = Environment.CpuUsage.TotalTime, used;
            long times = 0;
            do
            {
                for (int i = 0; i < 50; i++) action();
                times += 50;
                used = Environment.CpuUsage.TotalTime - begin;
            }
            while (used < RoundTime);
            least = Math.Min(least, used.TotalSeconds / times / bytes * Gigabyte);
        }
        return least;
    }

    private static byte[] Build(CompressionCodec codec, int recordSize, out int bodySize)
    {
        bodySize = Build(CompressionCodec.None, recordSize).Length - RecordBatch.HeaderSize;
        return Build(codec, recordSize);
    }

    private static byte[] Build(CompressionCodec codec, int recordSize)
    {
        using var builder = new RecordBatchBuilder { Codec = codec };
        byte[] text = SampleText.Make(new Random(1), BatchBytes);
        for (int at = 0; at + recordSize <= text.Length; at += recordSize)
            builder.Append(1_700_000_000_000 + at, null, text.AsSpan(at, recordSize).ToArray());
        return builder.Build();
    }
}
