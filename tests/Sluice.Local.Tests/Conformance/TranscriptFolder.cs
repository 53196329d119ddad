using System.Runtime.CompilerServices;

namespace Sluice.Local.Tests.Conformance;

/// <summary>The transcripts of one folder.</summary>
public sealed class TranscriptFolder
{
    private readonly string _path;

    public TranscriptFolder(string name, [CallerFilePath] string source = "")
    {
        _path = Path.Combine(Path.GetDirectoryName(source)!, "Transcripts", name);
        All = [.. Directory.EnumerateFiles(_path, "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];
    }

    /// <summary>The names of the transcripts, in their order.</summary>
    public IReadOnlyList<string> All { get; }

    public TheoryData<string> Names => [.. All];

    /// <summary>The text of a transcript as it was recorded.</summary>
    public string Read(string name) => File.ReadAllText(PathOf(name));

    public void AssertSame(string name, string actual)
    {
        var expected = Read(name);
        if (expected == actual)
            return;
        // The whole is left beside the tests, for a look with diff.
        var path = Path.Combine(AppContext.BaseDirectory, $"transcript-{name}.txt");
        File.WriteAllText(path, actual);
        var (wanted, got) = (expected.Split('\n'), actual.Split('\n'));
        var first = wanted.Zip(got).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.Fail($"line {first + 1} of {name} differs (all of it is in {path}):\n- {wanted.ElementAtOrDefault(first)}\n+ {got.ElementAtOrDefault(first)}");
    }

    /// <summary>What the real server said is compared, or with SLUICE_RECORD_TRANSCRIPTS=1 becomes the transcript.</summary>
    public async Task CompareOrRecordAsync(string name, string actual)
    {
        if (Environment.GetEnvironmentVariable("SLUICE_RECORD_TRANSCRIPTS") == "1")
            await File.WriteAllTextAsync(PathOf(name), actual);
        else
            AssertSame(name, actual);
    }

    private string PathOf(string name) => Path.Combine(_path, name + ".txt");
}
