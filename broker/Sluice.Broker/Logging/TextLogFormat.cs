using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Sluice.Broker.Logging;

/// <summary>Lines for people: time, level, area, sentence; errors with their trace below.</summary>
internal sealed class TextLogFormat(bool colors) : LogFormat
{
    internal override void Write(LogEntry entry, StringBuilder output)
    {
        output.Append(entry.Time.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)).Append(' ');
        (string name, string color) = entry.Level switch
        {
            LogLevel.Critical => ("FATAL", "\e[1;31m"),
            LogLevel.Error => ("error", "\e[31m"),
            LogLevel.Warning => ("warn ", "\e[33m"),
            LogLevel.Information => ("info ", "\e[32m"),
            _ => ("debug", "\e[90m"),
        };
        if (colors) output.Append(color).Append(name).Append("\e[0m ");
        else output.Append(name).Append(' ');
        output.Append(entry.Area).Append(": ");
        AppendClean(output, entry.Message);
        if (entry.Error is not null) output.Append("\n    ").Append(entry.Error.ToString().ReplaceLineEndings("\n    "));
        output.Append('\n');
    }

    /// <summary>What clients sent may be in a sentence: control characters could forge lines or move the cursor.</summary>
    private static void AppendClean(StringBuilder output, string message)
    {
        foreach (char c in message)
        {
            if (c == '\n') output.Append("\n    ");
            else if (char.IsControl(c)) output.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else output.Append(c);
        }
    }
}
