using Benchmarks.Driving;
using Sluice.Protocol.Compression;

namespace Benchmarks.Workloads;

/// <summary>Records of two sizes, in full batches and one a request, with and without compression, as fast as they are taken.</summary>
internal sealed class ProduceWorkload() : Workload("produce", "records of 100 B and 1 KB, in batches of 16 KB and one a request, plain and lz4")
{
    private const int Partitions = 8;
    private static readonly ClosedLoop Load = new(Connections: 8, InFlight: 5);

    private static readonly (string Variant, BatchShape Shape)[] Variants =
    [
        .. from valueBytes in new[] { 100, 1024 }
           from isBatched in new[] { true, false }
           from codec in new[] { CompressionCodec.None, CompressionCodec.Lz4 }
           select (
               $"{(valueBytes == 100 ? "100 B" : "1 KB")} {(isBatched ? "batched" : "single")}{(codec == CompressionCodec.None ? "" : " lz4")}",
               isBatched ? BatchShape.Full(valueBytes, codec) : new BatchShape(1, valueBytes, codec)),
    ];

    internal override int IntervalsARound(int systems) => Variants.Length * systems;

    internal override double OtherSeconds(int systems, int rounds) => Variants.Length * ((systems * (rounds + 1) * 0.3) + 2);

    internal override void Run(BenchRun run)
    {
        foreach ((string variant, BatchShape shape) in Variants.Where(v => run.Wants(v.Variant)))
        {
            BenchRun.Say($"produce {variant}: {shape.Records} records a request");
            Load.MeasureDriver(run, this, variant, ProduceFrame.ForPartitions(default, 1, shape));
            run.Rounds((round, i) =>
            {
                using var topic = new BenchTopic(run.Shared[i], $"produce-{variant.Replace(' ', '-')}-{round}", Partitions, shape);
                Load.Measure(run, this, variant, run.Contestants[i].Name, run.Shared[i], topic.Frames, isWarmUp: round == 0);
            });
        }
    }
}
