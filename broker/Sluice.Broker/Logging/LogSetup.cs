using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Sluice.Core.Configuration;

namespace Sluice.Broker.Logging;

/// <summary>Opens the process's log as the properties say.</summary>
internal static partial class LogSetup
{
    private const int StandardOutput = 1;

    /// <summary>Lines on standard output: for people on a terminal, JSON elsewhere, unless one is asked for.</summary>
    internal static LogOutput Open(BrokerProperties properties)
    {
        bool onTerminal = IsTerminal(StandardOutput) == 1;
        bool asText = properties["sluice.log.format"] switch
        {
            "text" => true,
            "json" => false,
            _ => onTerminal,
        };
        // Colors for whoever wants them: no-color.org.
        bool colors = onTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        LogFormat format = asText ? new TextLogFormat(colors) : new JsonLogFormat();
        // Without System.Console, which is made for reading keys and much else.
        return new LogOutput(new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0), format);
    }

    internal static LogLevel Least(BrokerProperties properties) => properties["sluice.log.level"] switch
    {
        "debug" => LogLevel.Debug,
        "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsTerminal(int descriptor);
}
