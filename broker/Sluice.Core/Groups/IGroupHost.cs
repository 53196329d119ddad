using Sluice.Core.Groups.Records;
using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Sluice.Core.Groups;

/// <summary>What groups need of the world around them: time, chance, timers, and a log that makes their records durable.</summary>
internal interface IGroupHost
{
    /// <summary>The settings of groups.</summary>
    GroupSettings Settings { get; }

    /// <summary>Wall-clock time in milliseconds since 1970.</summary>
    long NowMs { get; }

    /// <summary>Draws an id that no member has.</summary>
    string NewUniqueId();

    /// <summary>Arms a timer, or moves it.</summary>
    void Schedule(GroupTimer timer, long delayMs);

    /// <summary>Disarms a timer.</summary>
    void Cancel(GroupTimer timer);

    /// <summary>
    /// Takes records for the log; those of one call are in the log together or not at all. Whoever depends on them waits by
    /// <see cref="WhenDurable"/>.
    /// </summary>
    /// <returns>None; or why nothing is taken, such as <see cref="ErrorCode.MessageTooLarge"/>.</returns>
    ErrorCode Write(IReadOnlyList<GroupRecord> records);

    /// <summary>
    /// Calls back when every record that was taken so far is as safe as its topic promises, at once when there is none on its way. When
    /// that fails the host forgets the groups and reads them anew from the log; the callback is given the error.
    /// </summary>
    void WhenDurable(Action<ErrorCode> done);

    /// <summary>
    /// As <see cref="WhenDurable"/>, but does not wait longer than <c>offsets.commit.timeout.ms</c>: the callback is then given
    /// COORDINATOR_NOT_AVAILABLE, as which Kafka tells of REQUEST_TIMED_OUT. What was written stays, and may well become safe later. For
    /// answers alone, on which no state of a group hangs.
    /// </summary>
    void WhenDurableInTime(Action<ErrorCode> done);

    /// <summary>Notes an event for the operator.</summary>
    void Log(LogSeverity severity, string message);
}

/// <summary>Where an answer goes.</summary>
/// <typeparam name="T">The answer.</typeparam>
internal interface IAnswer<in T>
{
    /// <summary>Sends the answer; once.</summary>
    void Send(T answer);
}
