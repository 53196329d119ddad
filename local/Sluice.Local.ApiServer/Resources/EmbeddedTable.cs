namespace Sluice.Local.ApiServer.Resources;

/// <summary>Tab-separated tables that are part of this assembly.</summary>
internal static class EmbeddedTable
{
    /// <summary>The lines after the heading.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using var stream = typeof(EmbeddedTable).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0)
                yield return line;
        }
    }
}
