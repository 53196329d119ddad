using System.Globalization;

namespace Sluice.Cli.Data.Dump;

/// <summary>Which fields a message has in which versions, from the schema that its class was generated from. Reads what was checked when the classes were built.</summary>
/// <param name="Name">The field's name, which is that of the property too; a struct's type for a struct.</param>
/// <param name="From">The first version with it.</param>
/// <param name="To">The last one.</param>
/// <param name="TaggedFrom">From this version on it is written only when it is not the default.</param>
/// <param name="Fields">Those of the struct, or of the elements; empty for plain values.</param>
internal sealed record MessageField(string Name, short From, short To, short TaggedFrom, IReadOnlyList<MessageField> Fields)
{
    public bool Has(short version) => version >= From && version <= To;
}

/// <inheritdoc cref="MessageField"/>
internal static class MessageSchema
{
    private const int Indent = 2;

    private static readonly Dictionary<string, IReadOnlyList<MessageField>> Known = [];

    /// <summary>The fields of a message of <c>__consumer_offsets</c>, <c>__transaction_state</c>, <c>__share_group_state</c> or <c>__cluster_metadata</c>.</summary>
    public static IReadOnlyList<MessageField> Of(string message)
    {
        if (Known.TryGetValue(message, out IReadOnlyList<MessageField>? known)) return known;
        using Stream stream = typeof(MessageSchema).Assembly.GetManifestResourceStream($"{message}.message")
            ?? throw new InvalidOperationException($"there is no schema of {message} in this program");
        using var reader = new StreamReader(stream);
        List<string> lines = [.. reader.ReadToEnd().Split('\n').Where(l => l.Length > 0 && !l.TrimStart().StartsWith('#')).Skip(1)];
        var shared = new Dictionary<string, IReadOnlyList<MessageField>>();
        int structs = lines.FindIndex(l => l.StartsWith("struct ", StringComparison.Ordinal));
        // Structs that several fields use come last, and may use one another only from an earlier to a later one.
        for (int i = lines.Count - 1; structs >= 0 && i >= structs; i--)
        {
            if (lines[i].StartsWith("struct ", StringComparison.Ordinal)) shared[lines[i].Split(' ')[1]] = Read(lines, i + 1, Indent, shared);
        }

        return Known[message] = Read(lines, 0, 0, shared);
    }

    private static List<MessageField> Read(List<string> lines, int from, int indent, Dictionary<string, IReadOnlyList<MessageField>> shared)
    {
        var fields = new List<MessageField>();
        for (int i = from; i < lines.Count && IndentOf(lines[i]) >= indent && !lines[i].StartsWith("struct ", StringComparison.Ordinal); i++)
        {
            if (IndentOf(lines[i]) > indent) continue;
            string[] words = lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            List<MessageField> own = Read(lines, i + 1, indent + Indent, shared);
            (short first, short last) = Range(Attribute(words, "versions=") ?? "0+");
            short tagged = Attribute(words, "tagged=") is { } t ? Range(t).From : short.MaxValue;
            fields.Add(new MessageField(words[0].TrimEnd(':'), first, last, tagged, own.Count > 0 ? own : shared.GetValueOrDefault(words[1].Replace("[]", "", StringComparison.Ordinal), [])));
        }

        return fields;
    }

    private static int IndentOf(string line) => line.Length - line.TrimStart(' ').Length;

    private static string? Attribute(string[] words, string name) => words.FirstOrDefault(w => w.StartsWith(name, StringComparison.Ordinal))?[name.Length..];

    private static (short From, short To) Range(string text)
    {
        string[] ends = text.TrimEnd('+').Split('-');
        short from = short.Parse(ends[0], CultureInfo.InvariantCulture);
        return (from, text.EndsWith('+') ? short.MaxValue : short.Parse(ends[^1], CultureInfo.InvariantCulture));
    }
}
