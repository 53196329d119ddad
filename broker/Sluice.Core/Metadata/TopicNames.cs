namespace Sluice.Core.Metadata;

/// <summary>Rules for names of topics.</summary>
public static class TopicNames
{
    /// <summary>A partition's directory is named after the topic, and names of files end at 255 bytes.</summary>
    public const int LengthMax = 249;

    /// <summary>Why no topic can have this name, in Kafka's words; null when one can.</summary>
    public static string? Check(string name)
    {
        string? why = name switch
        {
            "" => "the empty string is not allowed",
            "." => "'.' is not allowed",
            ".." => "'..' is not allowed",
            _ when name.Length > LengthMax => $"the length of '{name}' is longer than the max allowed length {LengthMax}",
            _ when !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') =>
                $"'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
            _ => null,
        };
        return why is null ? null : "Topic name is invalid: " + why;
    }

    /// <summary>Whether another name could look like this one in metrics, which write '.' as '_'.</summary>
    internal static bool CanCollide(string name) => name.AsSpan().ContainsAny('.', '_');

    /// <summary>What a name looks like in metrics.</summary>
    internal static string Merged(string name) => name.Replace('.', '_');
}
