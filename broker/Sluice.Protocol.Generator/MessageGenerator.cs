using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Sluice.Protocol.Generator.Emit;
using Sluice.Protocol.Generator.Model;
using Sluice.Protocol.Generator.Schema;

namespace Sluice.Protocol.Generator;

/// <summary>
/// Makes the message classes of Sluice.Protocol from its <c>*.message</c> files. Each file is a step of its own: a change of one
/// message writes that message again, and the tables only when its first line changed.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class MessageGenerator : IIncrementalGenerator
{
    private const string Extension = ".message";

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<SchemaFile> files = context.AdditionalTextsProvider
            .Where(static text => text.Path.EndsWith(Extension, StringComparison.Ordinal))
            .Select(static (text, cancel) => new SchemaFile(text.Path, text.GetText(cancel)?.ToString() ?? ""));
        context.RegisterSourceOutput(files, static (output, file) => EmitMessage(output, file));
        IncrementalValueProvider<ImmutableArray<MessageHeader?>> headers = files.Select(static (file, cancel) => Header(file, cancel)).Collect();
        context.RegisterSourceOutput(headers, static (output, all) => EmitTables(output, all));
    }

    private static MessageHeader? Header(SchemaFile file, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return SchemaReader.Read(file.Text, []) is MessageSchema message ? MessageHeader.Of(message, file.Path) : null;
    }

    private static void EmitMessage(SourceProductionContext output, SchemaFile file)
    {
        var errors = new List<SchemaError>();
        MessageSchema? message = SchemaReader.Read(file.Text, errors);
        foreach (SchemaError error in errors) output.ReportDiagnostic(Diagnostic.Create(Diagnostics.BadSchema, At(file.Path, error.Line), error.Message));
        if (message is null) return;
        if (!file.Path.EndsWith("/" + message.Name + Extension, StringComparison.Ordinal) && !file.Path.EndsWith("\\" + message.Name + Extension, StringComparison.Ordinal))
        {
            output.ReportDiagnostic(Diagnostic.Create(
                Diagnostics.BadSchema, At(file.Path, message.Root.Line), $"the file of {message.Name} must be named {message.Name}{Extension}"));
            return;
        }
        output.AddSource(message.Name + ".g.cs", SourceText.From(MessageEmitter.Emit(message), Encoding.UTF8));
    }

    private static void EmitTables(SourceProductionContext output, ImmutableArray<MessageHeader?> all)
    {
        // A file with an error has no header; its own diagnostic says so, and the rest is checked without it.
        MessageHeader[] headers = [.. all.OfType<MessageHeader>().OrderBy(h => h.Path, StringComparer.Ordinal)];
        if (headers.Length == 0) return;
        bool failed = headers.Length != all.Length;
        if (!failed)
        {
            foreach (KeyValuePair<string, string> error in HeaderChecker.Check(headers))
            {
                output.ReportDiagnostic(Diagnostic.Create(Diagnostics.BadSchemaSet, At(error.Key, 0), error.Value));
                failed = true;
            }
        }
        if (!failed) output.AddSource("GeneratedTables.g.cs", SourceText.From(TableEmitter.Emit(headers), Encoding.UTF8));
    }

    private static Location At(string path, int line) =>
        Location.Create(path, new TextSpan(0, 0), new LinePositionSpan(new LinePosition(line, 0), new LinePosition(line, 0)));

    /// <summary>A schema file by value, so that an unchanged one is not read again.</summary>
    private sealed record SchemaFile(string Path, string Text);
}
