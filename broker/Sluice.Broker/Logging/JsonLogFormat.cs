using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Sluice.Broker.Logging;

/// <summary>
/// A JSON object a line, for machines. Written by hand: System.Text.Json would be a megabyte of every broker's memory for strings and
/// numbers alone.
/// </summary>
internal sealed class JsonLogFormat : LogFormat
{
    internal override void Write(LogEntry entry, StringBuilder output)
    {
        output.Append("{\"time\":\"").Append(entry.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture)).Append('"');
        AppendText(output, "level", Name(entry.Level));
        AppendText(output, "area", entry.Area);
        if (entry.Event.Name is not null) AppendText(output, "event", entry.Event.Name);
        AppendText(output, "message", entry.Message);
        foreach ((string name, object? value) in entry.Fields) AppendField(output, name, value);
        if (entry.Error is not null) AppendText(output, "error", entry.Error.ToString());
        output.Append("}\n");
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Critical => "fatal",
        LogLevel.Error => "error",
        LogLevel.Warning => "warning",
        LogLevel.Information => "info",
        _ => "debug",
    };

    private static void AppendField(StringBuilder output, string name, object? value)
    {
        if (name == "{OriginalFormat}") return;
        string camelCase = char.ToLowerInvariant(name[0]) + name[1..];
        switch (value)
        {
            case null:
                AppendName(output, camelCase).Append("null");
                break;
            case bool flag:
                AppendName(output, camelCase).Append(flag ? "true" : "false");
                break;
            case int or long or short or sbyte or byte:
                AppendName(output, camelCase).Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
            default:
                AppendText(output, camelCase, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
                break;
        }
    }

    private static StringBuilder AppendName(StringBuilder output, string name) => output.Append(",\"").Append(name).Append("\":");

    private static void AppendText(StringBuilder output, string name, string text)
    {
        AppendName(output, name).Append('"');
        foreach (char c in text)
        {
            if (c is '"' or '\\') output.Append('\\').Append(c);
            else if (c == '\n') output.Append("\\n");
            else if (char.IsControl(c)) output.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else output.Append(c);
        }
        output.Append('"');
    }
}
