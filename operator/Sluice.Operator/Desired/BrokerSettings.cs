using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Desired;

/// <summary>
/// The settings of a cluster's brokers, parted by how they change: what brokers take while they run is set through the Kafka
/// protocol for all brokers at once and kept by them; the rest stands in <c>server.properties</c> and needs a restart.
/// </summary>
internal static class BrokerSettings
{
    /// <summary>Settings that Kafka calls cluster-wide dynamic; a test compares them with the broker's own table.</summary>
    public static FrozenSet<string> Dynamic { get; } = FrozenSet.Create(
        "background.threads", "compression.gzip.level", "compression.lz4.level", "compression.type", "compression.zstd.level", "cordoned.log.dirs",
        "follower.fetch.last.tiered.offset.enable", "group.consumer.assignment.interval.ms", "group.coordinator.cached.buffer.max.bytes",
        "group.share.assignment.interval.ms", "group.streams.assignment.interval.ms", "log.cleaner.backoff.ms", "log.cleaner.dedupe.buffer.size",
        "log.cleaner.delete.retention.ms", "log.cleaner.io.buffer.load.factor", "log.cleaner.io.buffer.size", "log.cleaner.io.max.bytes.per.second",
        "log.cleaner.max.compaction.lag.ms", "log.cleaner.min.cleanable.ratio", "log.cleaner.min.compaction.lag.ms", "log.cleaner.threads",
        "log.cleanup.policy", "log.flush.interval.messages", "log.flush.interval.ms", "log.index.interval.bytes", "log.index.size.max.bytes",
        "log.local.retention.bytes", "log.local.retention.ms", "log.message.timestamp.after.max.ms", "log.message.timestamp.before.max.ms",
        "log.message.timestamp.type", "log.preallocate", "log.retention.bytes", "log.retention.ms", "log.roll.jitter.ms", "log.roll.ms",
        "log.segment.bytes", "log.segment.delete.delay.ms", "max.connection.creation.rate", "max.connections",
        "max.connections.per.ip", "max.connections.per.ip.overrides", "message.max.bytes", "min.insync.replicas",
        "num.io.threads", "num.network.threads", "num.recovery.threads.per.data.dir", "num.replica.fetchers", "producer.id.expiration.ms", "remote.fetch.max.wait.ms",
        "remote.list.offsets.request.timeout.ms", "remote.log.index.file.cache.total.size.bytes", "remote.log.manager.copier.thread.pool.size",
        "remote.log.manager.copy.max.bytes.per.second", "remote.log.manager.expiration.thread.pool.size",
        "remote.log.manager.fetch.max.bytes.per.second", "remote.log.manager.follower.thread.pool.size", "remote.log.reader.threads",
        "share.coordinator.cached.buffer.max.bytes", "transaction.partition.verification.enable", "unclean.leader.election.enable");

    /// <summary>What is set through the Kafka protocol.</summary>
    public static IReadOnlyDictionary<string, string> AtRunTime(ClusterSpec spec) =>
        (spec.Config ?? []).Where(setting => Dynamic.Contains(setting.Key)).ToDictionary();

    /// <summary>The text of <c>server.properties</c>: what is alike for all nodes of a pool.</summary>
    public static string Properties(ClusterSpec spec, NodePool pool)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in spec.Config ?? [])
        {
            if (!Dynamic.Contains(name)) settings[name] = value;
        }
        // Written last: what the operator owns wins, also over an object that passed no validation.
        settings["process.roles"] = string.Join(',', pool.Roles);
        settings["listener.security.protocol.map"] = string.Join(',', spec.Listeners.Select(listener => ListenerName(listener) + ":PLAINTEXT"));
        settings["log.dirs"] = StatefulSetBuilder.DataPath + "/log";
        var text = new StringBuilder("# Written by sluice-operator.\n");
        foreach ((string name, string value) in settings) text.Append(name).Append('=').Append(Escape(value)).Append('\n');
        return text.ToString();
    }

    /// <summary>The name by which brokers know a listener.</summary>
    public static string ListenerName(Listener listener) => listener.Name.ToUpperInvariant();

    /// <summary>Stands on the pods: when it changes, they must be restarted.</summary>
    public static string Hash(string properties) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(properties)))[..16];

    /// <summary>A value as a properties file wants it: a backslash would begin an escape, a line end the next setting.</summary>
    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
}
