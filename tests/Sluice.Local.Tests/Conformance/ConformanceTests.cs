using System.Runtime.CompilerServices;

namespace Sluice.Local.Tests.Conformance;

/// <summary>
/// kubectl says the same to the embedded control plane and to the real one. The transcripts are what the real one said; with
/// SLUICE_RECORD_TRANSCRIPTS=1 they are made anew from it.
/// </summary>
public abstract class Transcripts
{
    /// <summary>The names of all transcripts, in their order.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. Directory.EnumerateFiles(Folder(), "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Names() => [.. All];

    /// <summary>The text of a transcript as it was recorded.</summary>
    public static string Read(string name) => File.ReadAllText(PathOf(name));

    protected static void AssertSame(string name, string expected, string actual)
    {
        if (expected == actual)
            return;
        // The whole is left beside the tests, for a look with diff.
        var path = Path.Combine(AppContext.BaseDirectory, $"transcript-{name}.txt");
        File.WriteAllText(path, actual);
        var (wanted, got) = (expected.Split('\n'), actual.Split('\n'));
        var first = wanted.Zip(got).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.Fail($"line {first + 1} of {name} differs (all of it is in {path}):\n- {wanted.ElementAtOrDefault(first)}\n+ {got.ElementAtOrDefault(first)}");
    }

    protected static string PathOf(string name) => Path.Combine(Folder(), name + ".txt");

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Transcripts");
}

/// <inheritdoc/>
public sealed class TranscriptsOnEmbeddedKubernetes(EmbeddedServer server) : Transcripts, IClassFixture<EmbeddedServer>
{
    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task The_embedded_server_answers_as_the_transcript_says(string name)
    {
        Skip.If(Judges.Kubectl is null, "there is no kubectl 1.36");
        AssertSame(name, Read(name), await server.Runs.RunAsync(name, server.KubeConfig, Judges.Kubectl!));
    }
}

/// <inheritdoc/>
public sealed class TranscriptsOnRealKubernetes(RealServer real) : Transcripts, IClassFixture<RealServer>
{
    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task The_real_server_answers_as_the_transcript_says(string name)
    {
        Skip.If(real.KubeConfig is null, "there is no real Kubernetes");
        var expected = Read(name);
        var actual = await real.Runs.RunAsync(name, real.KubeConfig!, Judges.Kubectl!);
        if (Environment.GetEnvironmentVariable("SLUICE_RECORD_TRANSCRIPTS") == "1")
            await File.WriteAllTextAsync(PathOf(name), actual);
        else
            AssertSame(name, expected, actual);
    }
}
