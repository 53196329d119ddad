using Sluice.Core.Producing;
using Sluice.Protocol.Compression;
using Sluice.Storage.Logs;

namespace Sluice.Core.Partitions;

/// <summary>What a topic's configuration means to its partitions; made once for each change and shared by the topic's partitions.</summary>
internal sealed class PartitionSettings
{
    private PartitionSettings(LogConfig log, AppendRules rules)
    {
        Log = log;
        Rules = rules;
    }

    /// <summary>The settings of the log.</summary>
    public LogConfig Log { get; }

    /// <summary>What batches are checked against.</summary>
    public AppendRules Rules { get; }

    /// <summary>Whether every record is flushed before it is acknowledged and before it is visible (<c>flush.messages=1</c>).</summary>
    public bool FlushesFirst => Log.FlushMessages <= 1;

    /// <summary>The settings of a topic.</summary>
    /// <param name="effective">The value of each topic setting, by name: the topic's own, or the broker's, or the default.</param>
    public static PartitionSettings Create(Func<string, string> effective)
    {
        LogConfig log = LogConfig.Default;
        foreach (string name in LogConfigParser.Names)
        {
            string? error = LogConfigParser.TrySet(log, name, effective(name), out log);
            if (error is not null) throw new ArgumentException($"the topic setting {name} was accepted, but the log refuses it: {error}", nameof(effective));
        }
        log = WithPlantedFaults(log);
        (CompressionCodec? codec, string? level) = effective("compression.type") switch
        {
            "uncompressed" => ((CompressionCodec?)CompressionCodec.None, (string?)null),
            "gzip" => (CompressionCodec.Gzip, "compression.gzip.level"),
            "snappy" => (CompressionCodec.Snappy, null),
            "lz4" => (CompressionCodec.Lz4, "compression.lz4.level"),
            "zstd" => (CompressionCodec.Zstd, "compression.zstd.level"),
            _ => (null, null),
        };
        return new PartitionSettings(log, new AppendRules
        {
            MaxMessageBytes = log.MaxMessageBytes,
            SegmentBytes = log.SegmentBytes,
            TimestampType = log.MessageTimestampType,
            TimestampBeforeMaxMs = log.MessageTimestampBeforeMaxMs,
            TimestampAfterMaxMs = log.MessageTimestampAfterMaxMs,
            RequiresKeys = log.Compact,
            Compression = codec,
            CompressionLevel = level is null ? null : int.Parse(effective(level), System.Globalization.CultureInfo.InvariantCulture),
        });
    }

    private static LogConfig WithPlantedFaults(LogConfig log)
    {
        if (log.FlushMessages is > 1 and < long.MaxValue && PlantedPartitionFaults.Has(PlantedPartitionFault.OneRecordTooManyUnflushed)) log = log with { FlushMessages = log.FlushMessages + 1 };
        if (PlantedPartitionFaults.Has(PlantedPartitionFault.SegmentsRollLate)) log = log with { SegmentMs = 3 * log.SegmentMs };
        return log;
    }
}
