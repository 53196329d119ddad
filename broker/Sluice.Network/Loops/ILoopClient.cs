namespace Sluice.Network.Loops;

/// <summary>What lives on an event loop beside its connections: the broker hangs a shard of the core here. Called on the loop's thread only.</summary>
public interface ILoopClient
{
    /// <summary>
    /// Called once in every turn of the loop, after its requests and posted work and before answers are sent, so that what a turn
    /// collected (such as appends to one partition) goes out together.
    /// </summary>
    /// <param name="nowMs">The loop's monotonic clock (<see cref="EventLoop.NowMs"/>), in milliseconds.</param>
    void Tick(long nowMs);

    /// <summary>
    /// When <see cref="Tick"/> must be called at the latest, on the loop's monotonic clock; <see cref="long.MaxValue"/> when
    /// nothing is due. Read again just before the loop sleeps: whoever gives work from another thread first makes it visible
    /// here (a deadline of 0), then calls <see cref="EventLoop.Wake"/>.
    /// </summary>
    long NextDeadlineMs { get; }

    /// <summary>
    /// Something failed that no rule of the loop covers, in a handler, a work item or the tick: state may be half changed, so
    /// the loop has ended and the process should stop.
    /// </summary>
    void OnFatal(Exception failure);
}
