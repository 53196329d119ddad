using Microsoft.Extensions.Logging;

namespace Sluice.Broker.Logging;

/// <summary>Gives loggers that write to the process's log. Categories of the framework are shown from warnings on.</summary>
internal sealed class BrokerLoggerProvider(LogOutput output, LogLevel least) : ILoggerProvider, ILoggerFactory
{
    public ILogger CreateLogger(string categoryName)
    {
        bool isOfFramework = categoryName.StartsWith("Microsoft.", StringComparison.Ordinal) || categoryName.StartsWith("System.", StringComparison.Ordinal);
        LogLevel level = isOfFramework && least < LogLevel.Warning ? LogLevel.Warning : least;
        return new BrokerLogger(output, categoryName, level);
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("the broker has one log");

    public void Dispose()
    {
    }

    private sealed class BrokerLogger(LogOutput output, string area, LogLevel least) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            KeyValuePair<string, object?>[] fields = state is IReadOnlyList<KeyValuePair<string, object?>> list ? [.. list] : [];
            output.Add(new LogEntry(DateTimeOffset.UtcNow, logLevel, area, eventId, formatter(state, exception), fields, exception));
        }
    }
}
