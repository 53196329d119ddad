using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Architecture;

/// <summary>
/// Core and Storage get time, randomness, disk and network from outside, so that the simulator can replay them from a seed.
/// The one place that touches the machine is the real disk, in Storage/Disk. The build forbids the rest by broker/BannedSymbols.txt;
/// here is what the analyzer cannot say, and the proof that it looks and that it bites.
/// </summary>
public sealed class DeterministicCore
{
    private const string List = "broker/BannedSymbols.txt";
    private const string Rule = "RS0030";
    private const string Machine = "broker/Sluice.Storage/Disk/";

    private static readonly string[] Projects = ["broker/Sluice.Core", "broker/Sluice.Storage"];

    public static TheoryData<string> Files() => new(SourceFiles().Where(file => !file.StartsWith(Machine, StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Files))]
    public void No_file_of_Core_or_Storage_awaits(string file)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(Read(file)).GetRoot();
        Assert.All(root.DescendantTokens(), token => Assert.False(
            token.Kind() is SyntaxKind.AsyncKeyword or SyntaxKind.AwaitKeyword,
            $"{file}:{token.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: `{token}` breaks replay from a seed: use a ShardTask or a BackgroundTask"));
    }

    [Fact]
    public void Core_and_Storage_are_built_with_the_list_and_only_the_disk_is_excused()
    {
        foreach (string project in Projects)
        {
            string text = Read($"{project}/{Path.GetFileName(project)}.csproj");
            Assert.Contains("\"Microsoft.CodeAnalysis.BannedApiAnalyzers\"", text);
            Assert.Contains("<AdditionalFiles Include=\"../BannedSymbols.txt\" />", text);
        }
        string[] excused = [.. Configurations().Concat(SourceFiles()).Where(file => Read(file).Contains(Rule, StringComparison.Ordinal))];
        Assert.Equal([Machine + ".editorconfig"], excused);
    }

    [Fact]
    public void Every_entry_of_the_list_names_something()
    {
        Compilation compilation = Compile("");
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, List)))
        {
            string[] parts = line.Split("; ");
            Assert.True(parts.Length == 2 && parts[1].Contains(": use ", StringComparison.Ordinal), $"{line}: not `ID; Why: use INSTEAD.`");
            // The analyzer passes over what it does not find.
            Assert.True(DocumentationCommentId.GetFirstSymbolForDeclarationId(parts[0], compilation) is not null, $"{parts[0]} is nothing");
        }
    }

    [Theory]
    [InlineData("_ = System.DateTime.UtcNow;", "TimeProvider")]
    [InlineData("_ = Clock.Now;", "TimeProvider")]
    [InlineData("_ = UtcNow;", "TimeProvider")]
    [InlineData("_ = System.Diagnostics.Stopwatch.GetTimestamp();", "TimeProvider")]
    [InlineData("_ = new System.Random();", "seeded Random")]
    [InlineData("System.Random random = new();", "seeded Random")]
    [InlineData("_ = System.Guid.NewGuid();", "seeded Random")]
    [InlineData("new System.Threading.Thread(Run).Start();", "RunInBackground")]
    [InlineData("System.Threading.Tasks.Task.Run(Run);", "BackgroundTask")]
    [InlineData("_ = System.Threading.Tasks.Task.FromResult(1);", "BackgroundTask")]
    [InlineData("_ = new System.Net.Sockets.TcpClient();", "a port of the host")]
    [InlineData("_ = System.IO.File.ReadAllText(\"x\");", "IDisk")]
    [InlineData("using var stream = new System.IO.FileStream(\"x\", System.IO.FileMode.Open);", "IDisk")]
    [InlineData("System.Console.WriteLine();", "log")]
    public async Task What_breaks_replay_is_found_and_told_what_to_use(string statement, string instead)
    {
        ImmutableArray<Diagnostic> found = await AnalyzeAsync(statement);
        Assert.NotEmpty(found);
        Assert.All(found, diagnostic => Assert.Equal(Rule, diagnostic.Id));
        Assert.Contains(found, diagnostic => diagnostic.GetMessage().Contains(instead, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("_ = new System.Random(42);")]
    [InlineData("_ = new System.DateTime(2000, 1, 1).Year;")]
    [InlineData("int File = 1, Console = File + 1; _ = Console;")]
    public async Task What_replays_is_left_alone(string statement) => Assert.Empty(await AnalyzeAsync(statement));

    private static async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string statement)
    {
        Compilation compilation = Compile($"using static System.DateTime; using Clock = System.DateTime; class Sample {{ void Run() {{ {statement} }} }}");
        Assert.DoesNotContain(compilation.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        var options = new AnalyzerOptions([new ListText(Path.Combine(Repository.Root, List))]);
        return await compilation.WithAnalyzers([Analyzer()], options).GetAnalyzerDiagnosticsAsync();
    }

    private static CSharpCompilation Compile(string code)
    {
        string[] platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        return CSharpCompilation.Create(
            "sample",
            [CSharpSyntaxTree.ParseText(code)],
            platform.Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal)).Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
    }

    /// <summary>The analyzer that the build of Core and Storage uses.</summary>
    private static DiagnosticAnalyzer Analyzer()
    {
        string folder = typeof(DeterministicCore).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(pair => pair.Key == "BannedApiAnalyzers").Value!;
        Assembly[] assemblies = [.. Directory.GetFiles(folder, "*BannedApiAnalyzers.dll").Select(AssemblyLoadContext.Default.LoadFromAssemblyPath)];
        Type type = assemblies.SelectMany(assembly => assembly.GetTypes()).Single(type => type.Name == "CSharpSymbolIsBannedAnalyzer");
        return (DiagnosticAnalyzer)Activator.CreateInstance(type)!;
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));

    private static IEnumerable<string> SourceFiles() => Projects.SelectMany(project => Repository.Files(project, "*.cs"));

    private static IEnumerable<string> Configurations() =>
        Projects.SelectMany(project => Repository.Files(project, ".editorconfig").Concat(Repository.Files(project, "*.csproj")))
            .Concat([".editorconfig", "Directory.Build.props", "Directory.Build.targets"]);

    private sealed class ListText(string path) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(File.ReadAllText(path));
    }
}
