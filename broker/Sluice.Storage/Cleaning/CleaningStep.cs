namespace Sluice.Storage.Cleaning;

/// <summary>What a step of a cleaning came to.</summary>
public enum CleaningStep
{
    /// <summary>There is more to do: step again.</summary>
    Working,

    /// <summary>A cleaned segment is complete and durable: the log's owner swaps it in, then step again.</summary>
    SwapDue,

    /// <summary>All is done and durable up to <see cref="LogCleaning.EndOffset"/>.</summary>
    Finished,

    /// <summary>The cleaning was cancelled; what it had begun is removed.</summary>
    Cancelled,
}
