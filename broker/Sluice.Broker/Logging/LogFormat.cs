using System.Text;

namespace Sluice.Broker.Logging;

/// <summary>Writes an event as a line.</summary>
internal abstract class LogFormat
{
    /// <summary>Appends the line, its end included.</summary>
    internal abstract void Write(LogEntry entry, StringBuilder output);
}
