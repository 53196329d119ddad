using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Local.Tests.Conformance;

/// <summary>The transcripts of one folder, and the seals of those that a real server said.</summary>
public sealed class TranscriptFolder
{
    private static readonly Lock Sealing = new();

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

    /// <summary>Whether a real server is to be asked also for what has its seal.</summary>
    public static bool AsksAgain => IsOn("SLUICE_TEST_TRANSCRIPTS") || Records || Environment.GetEnvironmentVariable("SLUICE_CONFORMANCE_KUBECONFIG") is not null;

    private static bool Records => IsOn("SLUICE_RECORD_TRANSCRIPTS");

    /// <summary>Whether a transcript is, byte for byte, what a real server was last heard to say.</summary>
    public bool IsSealed(string name) => ReadSeals().GetValueOrDefault(name) == SealOf(Read(name));

    /// <summary>What the real server said is compared, or with SLUICE_RECORD_TRANSCRIPTS=1 becomes the transcript.</summary>
    public async Task CompareOrRecordAsync(string name, string actual)
    {
        if (Records)
            await File.WriteAllTextAsync(PathOf(name), actual);
        else
            AssertSame(name, actual);
    }

    /// <summary>Seals a transcript that was just recorded; one without a seal is asked about in each run.</summary>
    public void SealIfRecorded(string name)
    {
        if (Records)
            Seal(name);
    }

    private static bool IsOn(string variable) => Environment.GetEnvironmentVariable(variable) == "1";

    private static string SealOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>One line a transcript: its seal, two blanks, its name; as sha256sum writes them.</summary>
    private string SealsPath => Path.Combine(_path, "seals.sha256");

    private Dictionary<string, string> ReadSeals() => File.Exists(SealsPath)
        ? File.ReadLines(SealsPath).Select(line => line.Split("  ")).ToDictionary(words => Path.GetFileNameWithoutExtension(words[1]), words => words[0], StringComparer.Ordinal)
        : [];

    private void Seal(string name)
    {
        lock (Sealing)
        {
            var seals = ReadSeals();
            seals[name] = SealOf(Read(name));
            File.WriteAllLines(SealsPath, All.Where(seals.ContainsKey).Select(each => $"{seals[each]}  {each}.txt"));
        }
    }

    private string PathOf(string name) => Path.Combine(_path, name + ".txt");
}
