using System.Text.RegularExpressions;
using Support;

namespace Hostile.Tests.Rows;

/// <summary>The page about hostile input names tests that exist.</summary>
public sealed partial class HostileInputPage
{
    [Fact]
    public void Every_test_that_the_page_names_exists()
    {
        string page = File.ReadAllText(Path.Combine(Judges.Repository, "docs", "hostile-input.md"));
        string[] sources = [.. Directory.EnumerateFiles(Path.Combine(Judges.Repository, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))];
        MatchCollection names = TestName().Matches(page);
        Assert.True(names.Count > 20);
        foreach (Match name in names)
        {
            string? file = sources.FirstOrDefault(path => Path.GetFileNameWithoutExtension(path) == name.Groups[1].Value);
            Assert.True(file is not null, $"the page names {name.Value}: there is no {name.Groups[1].Value}.cs");
            Assert.True(File.ReadAllText(file).Contains($" {name.Groups[2].Value}(", StringComparison.Ordinal), $"{file} has no test {name.Groups[2].Value}");
        }
    }

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
