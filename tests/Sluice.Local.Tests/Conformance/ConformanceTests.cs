using System.Runtime.CompilerServices;

namespace Sluice.Local.Tests.Conformance;

/// <summary>
/// kubectl says the same to the embedded control plane and to the real one. The transcripts are what the real one said; with
/// SLUICE_RECORD_TRANSCRIPTS=1 they are made anew from it.
/// </summary>
public sealed class ConformanceTests(RealServer real) : IClassFixture<RealServer>
{
    public static TheoryData<string> Names()
    {
        var result = new TheoryData<string>();
        foreach (var path in Directory.EnumerateFiles(Folder(), "*.txt").Order(StringComparer.Ordinal))
            result.Add(Path.GetFileNameWithoutExtension(path));
        return result;
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task The_embedded_server_answers_as_the_transcript_says(string name)
    {
        Skip.If(Judges.Kubectl is null, "there is no kubectl 1.36");
        var expected = Read(name);
        await using var server = await EmbeddedServer.StartAsync();
        AssertSame(name, expected, (await Transcript.Parse(expected).RunAsync(server.Server.KubeConfigPath, Judges.Kubectl!)).ToString());
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task The_real_server_answers_as_the_transcript_says(string name)
    {
        Skip.If(real.KubeConfig is null, "there is no real Kubernetes");
        var expected = Read(name);
        var actual = (await Transcript.Parse(expected).RunAsync(real.KubeConfig!, Judges.Kubectl!)).ToString();
        if (Environment.GetEnvironmentVariable("SLUICE_RECORD_TRANSCRIPTS") == "1")
            await File.WriteAllTextAsync(Path.Combine(Folder(), name + ".txt"), actual);
        else
            AssertSame(name, expected, actual);
    }

    private static void AssertSame(string name, string expected, string actual)
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

    private static string Read(string name) => File.ReadAllText(Path.Combine(Folder(), name + ".txt"));

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Transcripts");
}
