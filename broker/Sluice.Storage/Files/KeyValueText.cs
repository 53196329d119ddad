namespace Sluice.Storage.Files;

/// <summary>Lines of "key separator value"; lines that begin with '#' are comments, as in Java's properties.</summary>
internal static class KeyValueText
{
    public static Dictionary<string, string> Parse(string text, char separator)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int at = line.IndexOf(separator);
            if (line[0] != '#' && at > 0)
                values[line[..at].Trim()] = line[(at + 1)..].Trim();
        }
        return values;
    }
}
