using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Architecture;

/// <summary>A name in one file that another file declares.</summary>
/// <param name="From">The file that uses it.</param>
/// <param name="Line">Where, from 1.</param>
/// <param name="Name">The type, or the namespace of a using directive.</param>
/// <param name="To">The path of the file that declares it; null for a namespace, which many files do.</param>
internal sealed record SourceReference(SourceFile From, int Line, string Name, string? To)
{
    // The SDK's implicit usings; the files themselves do not have them.
    private const string GlobalUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview);

    /// <summary>
    /// What the compiler binds the files' names to, where that is one of the files. Generated code and packages are not there: what is
    /// known only through them shows in the using directives.
    /// </summary>
    public static IEnumerable<SourceReference> Find(IReadOnlyList<SourceFile> files, Func<SourceFile, bool> from)
    {
        var trees = files.ToDictionary(file => file, file => CSharpSyntaxTree.ParseText(file.Text, Options, file.Path));
        string[] framework = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var compilation = CSharpCompilation.Create("product", [.. trees.Values, CSharpSyntaxTree.ParseText(GlobalUsings, Options)],
            framework.Select(path => MetadataReference.CreateFromFile(path)), new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        return files.Where(from).SelectMany(file => In(file, compilation.GetSemanticModel(trees[file])));
    }

    private static IEnumerable<SourceReference> In(SourceFile file, SemanticModel model)
    {
        SyntaxNode root = model.SyntaxTree.GetRoot();
        foreach (UsingDirectiveSyntax directive in root.DescendantNodes().OfType<UsingDirectiveSyntax>())
            yield return new SourceReference(file, LineOf(directive), directive.NamespaceOrType.ToString(), null);
        foreach (SimpleNameSyntax name in root.DescendantNodes().OfType<SimpleNameSyntax>())
        {
            SymbolInfo info = model.GetSymbolInfo(name);
            ISymbol? symbol = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
            INamedTypeSymbol? type = symbol as INamedTypeSymbol ?? symbol?.ContainingType;
            if (type?.DeclaringSyntaxReferences.Select(r => r.SyntaxTree.FilePath).ToArray() is not { Length: > 0 } declared) continue;
            if (!declared.Contains(file.Path)) yield return new SourceReference(file, LineOf(name), type.Name, declared[0]);
        }
    }

    private static int LineOf(SyntaxNode node) => node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
}
