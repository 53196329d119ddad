namespace Sluice.Protocol.Generator.Emit;

/// <summary>The names that follow from a request's or response's name.</summary>
internal static class MessageNames
{
    private const string RequestSuffix = "Request";
    private const string ResponseSuffix = "Response";

    /// <summary>The API's name: the message's without its suffix.</summary>
    public static string Api(string message) =>
        message.EndsWith(RequestSuffix, StringComparison.Ordinal) ? message.Substring(0, message.Length - RequestSuffix.Length)
        : message.EndsWith(ResponseSuffix, StringComparison.Ordinal) ? message.Substring(0, message.Length - ResponseSuffix.Length)
        : message;

    public static string Request(string message) => Api(message) + RequestSuffix;

    public static string Response(string message) => Api(message) + ResponseSuffix;
}
