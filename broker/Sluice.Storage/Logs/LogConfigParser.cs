using System.Globalization;
using Sluice.Protocol.Batches;

namespace Sluice.Storage.Logs;

/// <summary>Reads Kafka's topic configuration names and values into a <see cref="LogConfig"/>.</summary>
public static class LogConfigParser
{
    private delegate string? Setting(string value, LogConfig config, out LogConfig result);

    private static readonly Dictionary<string, Setting> Settings = new(StringComparer.Ordinal)
    {
        ["segment.bytes"] = Int(1024 * 1024, static (c, v) => c with { SegmentBytes = v }),
        ["segment.ms"] = Long(1, static (c, v) => c with { SegmentMs = v }),
        ["segment.jitter.ms"] = Long(0, static (c, v) => c with { SegmentJitterMs = v }),
        ["segment.index.bytes"] = Int(4, static (c, v) => c with { SegmentIndexBytes = v }),
        ["index.interval.bytes"] = Int(0, static (c, v) => c with { IndexIntervalBytes = v }),
        ["flush.messages"] = Long(1, static (c, v) => c with { FlushMessages = v }),
        ["flush.ms"] = Long(0, static (c, v) => c with { FlushMs = v }),
        ["retention.bytes"] = Long(long.MinValue, static (c, v) => c with { RetentionBytes = v }),
        ["retention.ms"] = Long(-1, static (c, v) => c with { RetentionMs = v }),
        ["cleanup.policy"] = CleanupPolicy,
        ["file.delete.delay.ms"] = Long(0, static (c, v) => c with { FileDeleteDelayMs = v }),
        ["preallocate"] = Bool(static (c, v) => c with { Preallocate = v }),
        ["max.message.bytes"] = Int(0, static (c, v) => c with { MaxMessageBytes = v }),
        ["message.timestamp.type"] = TimestampTypeSetting,
        ["message.timestamp.before.max.ms"] = Long(0, static (c, v) => c with { MessageTimestampBeforeMaxMs = v }),
        ["message.timestamp.after.max.ms"] = Long(0, static (c, v) => c with { MessageTimestampAfterMaxMs = v }),
        ["min.compaction.lag.ms"] = Long(0, static (c, v) => c with { MinCompactionLagMs = v }),
        ["max.compaction.lag.ms"] = Long(1, static (c, v) => c with { MaxCompactionLagMs = v }),
        ["min.cleanable.dirty.ratio"] = Ratio(static (c, v) => c with { MinCleanableDirtyRatio = v }),
        ["delete.retention.ms"] = Long(0, static (c, v) => c with { DeleteRetentionMs = v }),
    };

    /// <summary>The topic configurations that concern the log.</summary>
    public static IReadOnlyCollection<string> Names => Settings.Keys;

    /// <summary>Sets one configuration.</summary>
    /// <param name="config">What the others stay at.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="value">The value as a client writes it.</param>
    /// <param name="result">The new settings, or <paramref name="config"/> itself on an error.</param>
    /// <returns>Null, or a sentence that says what is wrong.</returns>
    public static string? TrySet(LogConfig config, string name, string value, out LogConfig result)
    {
        result = config;
        if (!Settings.TryGetValue(name, out Setting? setting))
            return $"Unknown log configuration '{name}'.";
        string? error = setting(value.Trim(), config, out LogConfig changed);
        if (error is not null)
            return $"Invalid value '{value}' for configuration {name}: {error}";
        result = changed;
        return null;
    }

    /// <summary>Sets those of <paramref name="values"/> that concern the log; names that do not are left out.</summary>
    /// <exception cref="ArgumentException">A value is invalid.</exception>
    public static LogConfig Apply(LogConfig config, IEnumerable<KeyValuePair<string, string>> values)
    {
        foreach ((string name, string value) in values)
        {
            if (!Settings.ContainsKey(name))
                continue;
            if (TrySet(config, name, value, out config) is { } error)
                throw new ArgumentException(error, nameof(values));
        }
        return config;
    }

    private static Setting Int(int least, Func<LogConfig, int, LogConfig> set) => (string value, LogConfig config, out LogConfig result) =>
    {
        result = config;
        if (!int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
            return "Not a number of type INT";
        if (number < least)
            return $"Value must be at least {least}";
        result = set(config, number);
        return null;
    };

    private static Setting Long(long least, Func<LogConfig, long, LogConfig> set) => (string value, LogConfig config, out LogConfig result) =>
    {
        result = config;
        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            return "Not a number of type LONG";
        if (number < least)
            return $"Value must be at least {least}";
        result = set(config, number);
        return null;
    };

    private static Setting Bool(Func<LogConfig, bool, LogConfig> set) => (string value, LogConfig config, out LogConfig result) =>
    {
        result = config;
        if (!bool.TryParse(value, out bool flag))
            return "Expected value to be either true or false";
        result = set(config, flag);
        return null;
    };

    private static Setting Ratio(Func<LogConfig, double, LogConfig> set) => (string value, LogConfig config, out LogConfig result) =>
    {
        result = config;
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            return "Not a number of type DOUBLE";
        if (number is not (>= 0 and <= 1))
            return "Value must be between 0 and 1";
        result = set(config, number);
        return null;
    };

    private static string? CleanupPolicy(string value, LogConfig config, out LogConfig result)
    {
        result = config;
        bool delete = false, compact = false;
        foreach (string policy in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (policy is not ("delete" or "compact"))
                return "String must be one of: compact, delete";
            delete |= policy == "delete";
            compact |= policy == "compact";
        }
        result = config with { Delete = delete, Compact = compact };
        return null;
    }

    private static string? TimestampTypeSetting(string value, LogConfig config, out LogConfig result)
    {
        result = config;
        if (!Enum.GetNames<TimestampType>().Contains(value, StringComparer.Ordinal))
            return "String must be one of: CreateTime, LogAppendTime";
        result = config with { MessageTimestampType = Enum.Parse<TimestampType>(value) };
        return null;
    }
}
