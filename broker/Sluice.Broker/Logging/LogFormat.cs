using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Sluice.Broker.Logging;

/// <summary>Writes an event as a line.</summary>
internal abstract class LogFormat
{
    internal abstract void Write(LogEntry entry, IBufferWriter<byte> output);
}

/// <summary>Lines for people: time, level, area, sentence; errors with their trace below.</summary>
internal sealed class TextLogFormat(bool colors) : LogFormat
{
    internal override void Write(LogEntry entry, IBufferWriter<byte> output)
    {
        var line = new StringBuilder(160);
        line.Append(entry.Time.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)).Append(' ');
        (string name, string color) = entry.Level switch
        {
            LogLevel.Critical => ("FATAL", "\e[1;31m"),
            LogLevel.Error => ("error", "\e[31m"),
            LogLevel.Warning => ("warn ", "\e[33m"),
            LogLevel.Information => ("info ", "\e[32m"),
            _ => ("debug", "\e[90m"),
        };
        if (colors) line.Append(color).Append(name).Append("\e[0m ");
        else line.Append(name).Append(' ');
        line.Append(entry.Area).Append(": ");
        AppendClean(line, entry.Message);
        if (entry.Error is not null) line.Append("\n    ").Append(entry.Error.ToString().ReplaceLineEndings("\n    "));
        line.Append('\n');
        Encoding.UTF8.GetBytes(line.ToString(), output);
    }

    /// <summary>What clients sent may be in a sentence: control characters could forge lines or move the cursor.</summary>
    private static void AppendClean(StringBuilder line, string message)
    {
        foreach (char c in message)
        {
            if (char.IsControl(c) && c != '\n') line.Append('\\').Append('u').Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else if (c == '\n') line.Append("\n    ");
            else line.Append(c);
        }
    }
}

/// <summary>A JSON object a line, for machines.</summary>
internal sealed class JsonLogFormat : LogFormat
{
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal override void Write(LogEntry entry, IBufferWriter<byte> output)
    {
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", entry.Time.UtcDateTime);
            json.WriteString("level", Name(entry.Level));
            json.WriteString("area", entry.Area);
            if (entry.Event.Name is not null) json.WriteString("event", entry.Event.Name);
            json.WriteString("message", entry.Message);
            foreach ((string name, object? value) in entry.Fields) WriteField(json, name, value);
            if (entry.Error is not null) json.WriteString("error", entry.Error.ToString());
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Critical => "fatal",
        LogLevel.Error => "error",
        LogLevel.Warning => "warning",
        LogLevel.Information => "info",
        _ => "debug",
    };

    private static void WriteField(Utf8JsonWriter json, string name, object? value)
    {
        if (name == "{OriginalFormat}") return;
        json.WritePropertyName(JsonNamingPolicy.CamelCase.ConvertName(name));
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int or short or sbyte or byte or long: json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }
}
