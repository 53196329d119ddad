using Microsoft.Extensions.Logging;

namespace Sluice.Local.ApiServer.Http;

/// <summary>Log lines of the API server; ids are never used twice, the next is 5.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed", EventName = "RequestFailed")]
    public static partial void RequestFailed(ILogger logger, string method, string? path, Exception error);

    [LoggerMessage(2, LogLevel.Information, "The API is served at {Address} from {Directory}", EventName = "Listening")]
    public static partial void Listening(ILogger logger, string address, string directory);

    [LoggerMessage(3, LogLevel.Warning, "The journal ended in an unfinished write of {Bytes} bytes, which was cut off", EventName = "TornJournal")]
    public static partial void TornJournal(ILogger logger, long bytes);

    [LoggerMessage(4, LogLevel.Warning, "{Controller} could not handle {Key} and will try again", EventName = "HousekeepingFailed")]
    public static partial void HousekeepingFailed(ILogger logger, string controller, string? key, Exception error);
}
