namespace Sluice.Cli.Output;

/// <summary>Columns of text, as wide as they need to be.</summary>
internal static class TextTable
{
    /// <summary>Writes a heading and rows, then an empty line; nothing when there are no rows.</summary>
    public static void Write(TextWriter output, string[] headings, IEnumerable<string[]> rows)
    {
        string[][] all = [headings, .. rows];
        if (all.Length == 1) return;
        var widths = headings.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
            output.WriteLine(string.Join("  ", row.Select((text, column) => text.PadRight(widths[column]))).TrimEnd());
        output.WriteLine();
    }
}
