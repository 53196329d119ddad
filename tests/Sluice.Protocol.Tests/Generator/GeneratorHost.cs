using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Sluice.Protocol.Generator;

namespace Sluice.Protocol.Tests.Generator;

/// <summary>Runs the generator over schemas in memory.</summary>
internal static class GeneratorHost
{
    public static CSharpCompilation Empty { get; } = CSharpCompilation.Create("empty");

    public static GeneratorDriver NewDriver(params (string Path, string Text)[] files) => CSharpGeneratorDriver.Create(
        [new MessageGenerator().AsSourceGenerator()],
        files.Select(f => (AdditionalText)new Schema(f.Path, f.Text)),
        driverOptions: new GeneratorDriverOptions(default, trackIncrementalGeneratorSteps: true));

    public static GeneratorRunResult Run(params (string Path, string Text)[] files) =>
        NewDriver(files).RunGenerators(Empty).GetRunResult().Results.Single();

    public static ImmutableArray<Diagnostic> Diagnose(string schema) => Run(("/schemas/TestData.message", schema)).Diagnostics;

    internal sealed class Schema(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }
}
