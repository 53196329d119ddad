using Sluice.Core.Shards;

namespace Sluice.Core.Tests.Fixtures;

/// <summary>A host whose messages and background work wait until a test lets them run.</summary>
internal sealed class ManualHost(MiniNode node, int index) : IShardHost
{
    public Queue<ShardTask> Inbox { get; } = new();

    public Queue<BackgroundTask> Background { get; } = new();

    public int ShardCount => node.ShardCount;

    public TimeProvider Clock => node.Clock;

    public Random Random { get; } = new(index + 1);

    public void Post(int shard, ShardTask task) => node.Hosts[shard].Inbox.Enqueue(task);

    public void RunInBackground(BackgroundTask task) => Background.Enqueue(task);

    public void Halt(string reason, Exception? error) => throw new HaltedException($"halted: {reason}", error);

    public void Log(LogSeverity severity, string message, Exception? error = null) => node.Logged.Add($"{severity}: {message}");
}
