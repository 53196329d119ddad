using Sluice.Protocol.Batches;
using Sluice.Storage.Logs;

namespace Sluice.Storage.Tests;

public class LogConfigTests
{
    [Fact]
    public void Values_are_read_by_kafkas_names()
    {
        LogConfig config = LogConfigParser.Apply(LogConfig.Default, new Dictionary<string, string>
        {
            ["segment.bytes"] = "1048576", ["retention.ms"] = "-1", ["cleanup.policy"] = "compact, delete", ["preallocate"] = "true",
            ["message.timestamp.type"] = "LogAppendTime", ["min.cleanable.dirty.ratio"] = "0.25", ["min.insync.replicas"] = "2",
        });
        Assert.Equal((1048576, -1L, true, true, true, TimestampType.LogAppendTime, 0.25),
            (config.SegmentBytes, config.RetentionMs, config.Compact, config.Delete, config.Preallocate, config.MessageTimestampType, config.MinCleanableDirtyRatio));
    }

    [Theory]
    [InlineData("segment.bytes", "1000")]
    [InlineData("segment.bytes", "1e6")]
    [InlineData("segment.ms", "0")]
    [InlineData("retention.ms", "-2")]
    [InlineData("cleanup.policy", "compress")]
    [InlineData("preallocate", "yes")]
    [InlineData("message.timestamp.type", "logappendtime")]
    [InlineData("min.cleanable.dirty.ratio", "1.5")]
    [InlineData("no.such.name", "1")]
    public void A_bad_value_is_refused_with_its_name(string name, string value)
    {
        string? error = LogConfigParser.TrySet(LogConfig.Default, name, value, out LogConfig config);
        Assert.Contains(name, error, StringComparison.Ordinal);
        Assert.Same(LogConfig.Default, config);
    }

    [Fact]
    public void Defaults_are_kafkas()
    {
        var defaults = new Dictionary<string, string>
        {
            ["segment.bytes"] = "1073741824", ["segment.ms"] = "604800000", ["segment.jitter.ms"] = "0", ["segment.index.bytes"] = "10485760",
            ["index.interval.bytes"] = "4096", ["flush.messages"] = "9223372036854775807", ["flush.ms"] = "9223372036854775807",
            ["retention.bytes"] = "-1", ["retention.ms"] = "604800000", ["cleanup.policy"] = "delete", ["file.delete.delay.ms"] = "60000",
            ["preallocate"] = "false", ["max.message.bytes"] = "1048588", ["message.timestamp.type"] = "CreateTime",
            ["message.timestamp.before.max.ms"] = "9223372036854775807", ["message.timestamp.after.max.ms"] = "3600000",
            ["min.compaction.lag.ms"] = "0", ["max.compaction.lag.ms"] = "9223372036854775807", ["min.cleanable.dirty.ratio"] = "0.5",
            ["delete.retention.ms"] = "86400000",
        };
        Assert.Equal(LogConfigParser.Names.Order(), defaults.Keys.Order());
        Assert.Equal(LogConfig.Default, LogConfigParser.Apply(LogConfig.Default with { SegmentBytes = 5 }, defaults));
    }
}
