using Microsoft.Extensions.Logging;
using Sluice.Core.Configuration;

namespace Sluice.Broker.Logging;

/// <summary>Opens the process's log as the properties say.</summary>
internal static class LogSetup
{
    /// <summary>Lines on standard output: for people on a terminal, JSON elsewhere, unless one is asked for.</summary>
    internal static LogOutput Open(BrokerProperties properties)
    {
        bool onTerminal = !Console.IsOutputRedirected;
        bool asText = properties["sluice.log.format"] switch
        {
            "text" => true,
            "json" => false,
            _ => onTerminal,
        };
        // Colors for whoever wants them: no-color.org.
        bool colors = onTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        LogFormat format = asText ? new TextLogFormat(colors) : new JsonLogFormat();
        return new LogOutput(Console.OpenStandardOutput(), format);
    }

    internal static LogLevel Least(BrokerProperties properties) => properties["sluice.log.level"] switch
    {
        "debug" => LogLevel.Debug,
        "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };
}
