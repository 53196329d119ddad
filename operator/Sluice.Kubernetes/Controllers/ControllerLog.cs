using Microsoft.Extensions.Logging;
using Sluice.Kubernetes.Models;

namespace Sluice.Kubernetes.Controllers;

internal static partial class ControllerLog
{
    [LoggerMessage(201, LogLevel.Information, "Controller {Controller} runs with {Workers} workers")]
    public static partial void Started(ILogger log, string controller, int workers);

    [LoggerMessage(202, LogLevel.Information, "Controller {Controller} has stopped")]
    public static partial void Stopped(ILogger log, string controller);

    [LoggerMessage(203, LogLevel.Debug, "{Controller} {Key}: changed meanwhile, again in {Wait}")]
    public static partial void Conflict(ILogger log, string controller, ObjectKey key, TimeSpan wait);

    [LoggerMessage(204, LogLevel.Warning, "{Controller} {Key}: {Error}; again in {Wait}")]
    public static partial void Failed(ILogger log, string controller, ObjectKey key, string error, TimeSpan wait);

    [LoggerMessage(205, LogLevel.Warning, "{Controller} {Key}: {Reason}; waiting for a change")]
    public static partial void Terminal(ILogger log, string controller, ObjectKey key, string reason);

    [LoggerMessage(206, LogLevel.Error, "{Controller} {Key}: fault of the program")]
    public static partial void Panicked(ILogger log, string controller, ObjectKey key, Exception error);
}
