using System.Runtime.CompilerServices;

namespace Support;

/// <summary>Documents that are generated from the code and committed, so that people read them where they look for documents.</summary>
internal static class GeneratedFile
{
    /// <summary>Fails when a committed document is not what the code says now; with SLUICE_WRITE=1 it is written instead.</summary>
    /// <param name="path">The document, from the top of the checkout.</param>
    /// <param name="text">What it has to say.</param>
    public static void Check(string path, string text)
    {
        string file = Path.Combine(Repository(), path);
        if (Environment.GetEnvironmentVariable("SLUICE_WRITE") is "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
            return;
        }
        string committed = File.Exists(file) ? File.ReadAllText(file) : "";
        Assert.True(committed == text, $"{path} is stale: run SLUICE_WRITE=1 ./test, and commit what it wrote. {FirstDifference(committed, text)}");
    }

    private static string FirstDifference(string committed, string text)
    {
        string[] old = committed.Split('\n');
        string[] now = text.Split('\n');
        int line = 0;
        while (line < Math.Min(old.Length, now.Length) && old[line] == now[line]) line++;
        return $"Line {line + 1} is\n{old.ElementAtOrDefault(line)}\nand has to be\n{now.ElementAtOrDefault(line)}";
    }

    private static string Repository([CallerFilePath] string here = "") => new FileInfo(here).Directory!.Parent!.Parent!.FullName;
}
