using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Sluice.Cli.Local;

/// <summary>The control plane's log: one line an entry, with time, level and category; exceptions follow indented.</summary>
internal sealed class FileLog : ILoggerProvider
{
    private const long LengthMax = 16L << 20;

    private readonly StreamWriter _writer;
    private readonly Lock _lock = new();

    /// <summary>Appends to a file; one that has grown long is kept under the name with ".1" and begun anew.</summary>
    public FileLog(string path)
    {
        if (File.Exists(path) && new FileInfo(path).Length > LengthMax) File.Move(path, path + ".1", overwrite: true);
        _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void Dispose()
    {
        lock (_lock) _writer.Dispose();
    }

    private void Write(string category, LogLevel level, string text, Exception? error)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {Short(level)} {category}: {text}");
        if (error is not null) line += "\n    " + error.ToString().Replace("\n", "\n    ", StringComparison.Ordinal);
        lock (_lock)
        {
            if (_writer.BaseStream is not null) _writer.WriteLine(line);
        }
    }

    private static string Short(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "DBG",
        LogLevel.Information => "INF",
        LogLevel.Warning => "WRN",
        _ => "ERR",
    };

    private sealed class Category(FileLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        // A line for each request of the web server would hide what matters.
        public bool IsEnabled(LogLevel logLevel) =>
            logLevel >= (name.StartsWith("Microsoft.", StringComparison.Ordinal) ? LogLevel.Warning : LogLevel.Information);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Write(name, logLevel, formatter(state, exception), exception);
        }
    }
}
