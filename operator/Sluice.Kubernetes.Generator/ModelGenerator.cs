using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Sluice.Kubernetes.Generator;

/// <summary>
/// Makes a class of every line of a <c>*.jsonl</c> additional file, each of which holds one schema of the Kubernetes API
/// under its full name, and of <c>resources.tsv</c>, which says under which plural name and scope a kind is served.
/// </summary>
[Generator]
public sealed class ModelGenerator : IIncrementalGenerator
{
    private static readonly DiagnosticDescriptor BadSchema = new(
        "SKG001", "Schema cannot be read", "Schema line '{0}…': {1}", "Sluice.Kubernetes", DiagnosticSeverity.Error, isEnabledByDefault: true);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValueProvider<string> resources = context.AdditionalTextsProvider
            .Where(static file => Path.GetFileName(file.Path) == "resources.tsv")
            .Select(static (file, cancellation) => file.GetText(cancellation)?.ToString() ?? "")
            .Collect()
            .Select(static (texts, _) => string.Join("\n", texts));

        // A line is the unit of change: editing one schema makes only its class anew.
        IncrementalValuesProvider<string> schemas = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(".jsonl", StringComparison.Ordinal))
            .SelectMany(static (file, cancellation) => Lines(file.GetText(cancellation)));

        context.RegisterSourceOutput(schemas.Combine(resources), static (output, input) => Generate(output, input.Left, input.Right));
    }

    private static ImmutableArray<string> Lines(SourceText? text) =>
        text is null ? ImmutableArray<string>.Empty : text.Lines.Select(line => line.ToString()).Where(line => line.Length > 0).ToImmutableArray();

    private static void Generate(SourceProductionContext output, string line, string resources)
    {
        try
        {
            var entry = ((Dictionary<string, object?>)JsonReader.Read(line)!).Single();
            var schema = (Dictionary<string, object?>)entry.Value!;
            if (TypeNames.IsMapped(entry.Key) || !schema.ContainsKey("properties")) return;
            string source = new ModelWriter(entry.Key, schema, resources).Write();
            output.AddSource(TypeNames.ClassName(entry.Key) + ".g.cs", SourceText.From(source, Encoding.UTF8));
        }
        catch (Exception error) when (error is FormatException or InvalidCastException or InvalidOperationException or KeyNotFoundException)
        {
            output.ReportDiagnostic(Diagnostic.Create(BadSchema, Location.None, line.Substring(0, Math.Min(60, line.Length)), error.Message));
        }
    }
}
