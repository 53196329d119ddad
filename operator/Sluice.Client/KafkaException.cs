using Sluice.Protocol;

namespace Sluice.Client;

/// <summary>A broker refused a request: its error code, and its own words where it gave some.</summary>
public sealed class KafkaException(ErrorCode code, string message) : Exception($"{message} ({code})")
{
    /// <summary>The error that the broker answered.</summary>
    public ErrorCode Code { get; } = code;

    /// <summary>Whether the same request may succeed when it is sent again, after metadata was asked for anew.</summary>
    public bool IsRetriable => ErrorCodes.IsRetriable(Code);

    internal static void ThrowIfError(ErrorCode code, string? message, string what)
    {
        if (code != ErrorCode.None) throw For(code, message, what);
    }

    internal static KafkaException For(ErrorCode code, string? message, string what) =>
        new(code, string.IsNullOrEmpty(message) ? $"{what} failed" : $"{what}: {message}");
}

/// <summary>No broker could be reached, or a connection broke before the answer came: the request may or may not have been carried out.</summary>
public sealed class BrokerUnreachableException(string message, Exception? inner = null) : IOException(message, inner);
