namespace Sluice.Local.Tests.Conformance;

/// <summary>
/// kubectl says the same to the embedded control plane and to the real one. The transcripts are what the real one said; with
/// SLUICE_RECORD_TRANSCRIPTS=1 they are made anew from it, and their seals.
/// </summary>
public static class Transcripts
{
    /// <summary>Without nodes: nothing runs, all else is to be seen.</summary>
    public static readonly TranscriptFolder Api = new("");

    /// <summary>With a node, on which pods run.</summary>
    public static readonly TranscriptFolder Running = new("Running");

    /// <summary>Of the embedded one alone: what it refuses.</summary>
    public static readonly TranscriptFolder Local = new("Local");
}

/// <summary>Without a node.</summary>
public sealed class TranscriptsOnEmbeddedKubernetes(EmbeddedServer server) : IClassFixture<EmbeddedServer>
{
    public static TheoryData<string> Names => Transcripts.Api.Names;

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task The_embedded_server_answers_as_the_transcript_says(string name)
    {
        Skip.If(Kubectl.Folder is null, "there is no kubectl 1.36");
        Transcripts.Api.AssertSame(name, await server.Runs.RunAsync(Transcripts.Api, name, server.Access));
    }
}

/// <summary>With a node.</summary>
public sealed class TranscriptsOnEmbeddedNode(EmbeddedNode server) : IClassFixture<EmbeddedNode>
{
    public static TheoryData<string> Names => Transcripts.Running.Names;

    public static TheoryData<string> LocalNames => Transcripts.Local.Names;

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task Pods_run_as_the_transcript_says(string name)
    {
        Skip.If(Kubectl.Folder is null, "there is no kubectl 1.36");
        Transcripts.Running.AssertSame(name, await server.Runs.RunAsync(Transcripts.Running, name, server.Access));
    }

    [SkippableTheory]
    [MemberData(nameof(LocalNames))]
    public async Task What_it_does_not_offer_is_refused_by_name(string name)
    {
        Skip.If(Kubectl.Folder is null, "there is no kubectl 1.36");
        Transcripts.Local.AssertSame(name, await server.Runs.RunAsync(Transcripts.Local, name, server.Access));
    }
}

/// <summary>
/// Without a node. What the real server says changes with nothing that is in this repository but the transcripts: so each has a seal
/// of its text as it was when the real server said it, and is asked again only with SLUICE_TEST_TRANSCRIPTS=1, or when the seal does
/// not fit any more.
/// </summary>
public sealed class TranscriptsOnRealKubernetes(RealServer real) : IClassFixture<RealServer>
{
    public static TheoryData<string> Names => Transcripts.Api.Names;

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task The_real_server_answers_as_the_transcript_says(string name)
    {
        if (!TranscriptFolder.AsksAgain && Transcripts.Api.IsSealed(name)) return;
        var access = await real.AccessAsync();
        Skip.If(access is null, "there is no real Kubernetes");
        await Transcripts.Api.CompareOrRecordAsync(name, await real.Runs.RunAsync(Transcripts.Api, name, access!));
        Transcripts.Api.SealIfRecorded(name);
    }
}

/// <summary>With a node, in network namespaces of its own.</summary>
public sealed class TranscriptsOnRealNode(RealNode real) : IClassFixture<RealNode>
{
    public static TheoryData<string> Names => Transcripts.Running.Names;

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task Pods_run_as_the_transcript_says(string name)
    {
        Skip.If(real.Access is null, "real nodes and pods run with SLUICE_TEST_NODES=1 only, as root, where a real Kubernetes is");
        await Transcripts.Running.CompareOrRecordAsync(name, await real.Runs.RunAsync(Transcripts.Running, name, real.Access!));
    }
}
