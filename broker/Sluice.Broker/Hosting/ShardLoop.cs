using System.Collections.Concurrent;
using Sluice.Broker.Metrics;
using Sluice.Core.Configuration;
using Sluice.Core.Shards;
using Sluice.Network.Connections;
using Sluice.Network.Loops;
using Sluice.Protocol;
using Sluice.Protocol.Wire;

namespace Sluice.Broker.Hosting;

/// <summary>
/// Joins an event loop and a shard of the core: requests go from the one to the other, and messages of other shards and finished
/// background work wait here until the loop's next turn.
/// </summary>
internal sealed class ShardLoop : IShardHost, ILoopClient, IConnectionHandler
{
    private const int MessagesATurnMax = 4096;

    private readonly IShardServices _services;
    private readonly ConcurrentQueue<object> _inbox = new();
    private readonly Utf8StringCache _strings = new(256);
    private readonly RequestMetrics _requests;
    private Shard? _shard;

    internal ShardLoop(int index, EventLoopOptions options, IShardServices services, INetworkEvents events, RequestMetrics requests)
    {
        _services = services;
        _requests = requests;
        // Seeded by the system: a broker's random choices need not be repeated.
        Random = new Random();
        Loop = new EventLoop(index, options, this, this, events);
    }

    internal EventLoop Loop { get; }

    internal int MessagesWaiting => _inbox.Count;

    public int ShardCount => _services.ShardCount;

    public TimeProvider Clock => TimeProvider.System;

    public Random Random { get; }

    long ILoopClient.NextDeadlineMs => _inbox.IsEmpty ? Shard.NextDeadlineMs : 0;

    private Shard Shard => _shard ?? throw new InvalidOperationException("The loop runs before it has its shard.");

    /// <summary>Gives the loop its shard, before it starts.</summary>
    internal void Attach(Shard shard) => _shard = shard;

    /// <summary>Takes a message from any thread.</summary>
    internal void Enqueue(ShardTask task) => EnqueueAny(task);

    /// <summary>Takes background work back from the thread that did it.</summary>
    internal void Enqueue(FinishedWork work) => EnqueueAny(work);

    /// <summary>Runs what waits; on the loop's thread, or on another after the loop has ended.</summary>
    internal void RunMessages()
    {
        for (int left = MessagesATurnMax; left > 0 && _inbox.TryDequeue(out object? message); left--)
        {
            if (message is ShardTask task) Shard.Run(task);
            else if (message is FinishedWork work) Shard.Complete(work.Task, work.Error);
        }
    }

    internal void OnCompleted(ApiKey key, TimeSpan duration) => _requests.OnCompleted(key, duration);

    internal void OnError(ApiKey key, ErrorCode error) => _requests.OnError(key, error);

    internal void OnFailedRequest(string failure, Exception error) => Shard.Apis.LogFailure(Shard, failure, error);

    void IShardHost.Post(int shard, ShardTask task) => _services.Post(shard, task);

    void IShardHost.RunInBackground(BackgroundTask task) => _services.RunInBackground(this, task);

    void IShardHost.Halt(string reason, Exception? error) => _services.Halt(reason, error);

    void IShardHost.BrokerSettingsChanged(ConfigResolver settings) => _services.ChangeSettings(settings);

    void IShardHost.Log(LogSeverity severity, string message, Exception? error) => _services.Log(severity, message, error);

    void ILoopClient.Tick(long nowMs)
    {
        RunMessages();
        Shard.Tick();
    }

    void ILoopClient.OnFatal(Exception failure) => _services.Halt($"event loop {Loop.Index} failed: {failure.Message}", failure);

    void IConnectionHandler.OnRequest(Connection connection, RequestSlot slot, ReadOnlyMemory<byte> frame) =>
        Shard.Handle(NetworkRequest.Read(this, connection, slot, frame, _strings));

    void IConnectionHandler.OnClosed(Connection connection)
    {
        // Open requests end by themselves: a fetch at its deadline, a produce with its flush.
    }

    private void EnqueueAny(object message)
    {
        _inbox.Enqueue(message);
        Loop.Wake();
    }
}

/// <summary>Background work that has been done.</summary>
/// <param name="Task">The work.</param>
/// <param name="Error">What it threw; null when it succeeded.</param>
internal sealed record FinishedWork(BackgroundTask Task, Exception? Error);
