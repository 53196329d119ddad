using Sluice.Core.Configuration;
using Sluice.Core.Shards;

namespace Sluice.Broker.Hosting;

/// <summary>What the loops share: each other, the background threads, the log, and the end of the process. Safe from any thread.</summary>
internal interface IShardServices
{
    int ShardCount { get; }

    void Post(int shard, ShardTask task);

    void RunInBackground(ShardLoop from, BackgroundTask task);

    /// <summary>Does not return.</summary>
    void Halt(string reason, Exception? error);

    /// <summary>Follows settings that were made at run time.</summary>
    void ChangeSettings(ConfigResolver settings);

    void Log(LogSeverity severity, string message, Exception? error);
}
