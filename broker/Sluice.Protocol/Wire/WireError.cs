namespace Sluice.Protocol.Wire;

/// <summary>The exceptions that generated code throws, out of its way.</summary>
internal static class WireError
{
    public static void CheckVersion(string message, short version, short first, short last)
    {
        if (version < first || version > last)
            throw new MessageFieldException($"{message} has versions {first} to {last}, not {version}");
    }

    public static MessageFieldException Unsupported(string message, string field, short version) =>
        new($"{field} is set, but version {version} of {message} has no such field: its value would be lost");

    public static MessageFieldException Null(string field) => new($"{field} is null, which it cannot be in this version");

    public static MessageFieldException TooLong(string field, long length, int max) =>
        new($"{field} takes {length} bytes, which is more than the {max} that can be written");
}
