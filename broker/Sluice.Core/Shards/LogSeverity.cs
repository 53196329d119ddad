namespace Sluice.Core.Shards;

/// <summary>How much an event matters to whoever operates the node.</summary>
public enum LogSeverity
{
    /// <summary>Of use only while a fault is being hunted.</summary>
    Debug,

    /// <summary>A step of normal life worth keeping: a partition created, a log recovered.</summary>
    Information,

    /// <summary>Something was refused or cut, and the node goes on.</summary>
    Warning,

    /// <summary>Part of the node no longer works, such as a partition whose disk failed.</summary>
    Error,
}
