using Microsoft.Extensions.Logging;

namespace Sluice.Broker.Logging;

/// <summary>One event for the log, formatted later on the log's own thread.</summary>
/// <param name="Time">When it happened.</param>
/// <param name="Level">How much it matters.</param>
/// <param name="Area">The part of the broker that tells it.</param>
/// <param name="Event">The event's stable name and number.</param>
/// <param name="Message">The sentence.</param>
/// <param name="Fields">Values of the sentence by name, for machines.</param>
/// <param name="Error">What was thrown.</param>
internal sealed record LogEntry(
    DateTimeOffset Time,
    LogLevel Level,
    string Area,
    EventId Event,
    string Message,
    KeyValuePair<string, object?>[] Fields,
    Exception? Error);
