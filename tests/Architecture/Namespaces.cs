using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Architecture;

/// <summary>
/// A file's namespace is its folder: what the project's root namespace says, then the folders below. Who reads a using directive knows
/// where to look, and <see cref="FolderReferences"/> can judge by it.
/// </summary>
public sealed partial class Namespaces
{
    /// <summary>What several test projects compile into themselves; it lies in no project's folder.</summary>
    private const string Shared = "tests/Support";

    /// <summary>The one namespace that something else decides.</summary>
    private static readonly Dictionary<string, string> Decided = new()
    {
        // The compiler looks there for what init accessors need; .NET Standard 2.0, which a generator must be built for, lacks it.
        ["broker/Sluice.Protocol.Generator/IsExternalInit.cs"] = "System.Runtime.CompilerServices",
    };

    private static readonly string[] Roots = [.. Repository.ProductFolders, "tests"];

    /// <summary>Each folder that namespaces are counted from, and what its root is called. The deepest comes first.</summary>
    private static readonly (string Folder, string Namespace)[] Projects =
    [
        .. Roots.SelectMany(folder => Repository.Files(folder, "*.csproj"))
            .Select(project => (Folder: project[..project.LastIndexOf('/')], Namespace: RootNamespace(project)))
            .Append((Folder: Shared, Namespace: "Support"))
            .OrderByDescending(project => project.Folder.Length),
    ];

    public static TheoryData<string> Folders() => [.. Projects.Select(project => project.Folder)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_namespace_is_its_folder(string folder)
    {
        string[] files = [.. Repository.Files(folder, "*.cs")];
        Assert.NotEmpty(files);
        Assert.Empty(files.Select(file => Fault(file, File.ReadAllText(Path.Combine(Repository.Root, file)))).OfType<string>());
    }

    [Fact]
    public void Every_file_lies_in_a_project() =>
        Assert.All(Roots.SelectMany(folder => Repository.Files(folder, "*.cs")), file => Assert.Contains(Projects, project => IsIn(file, project.Folder)));

    [Fact]
    public void What_is_excused_is_there() => Assert.All(Decided.Keys, file => Assert.True(File.Exists(Path.Combine(Repository.Root, file)), $"{file} is gone: so is its excuse"));

    [Theory]
    [InlineData("broker/Sluice.Core/Groups/Coordination/X.cs", "namespace Sluice.Core.Groups;", "Sluice.Core.Groups.Coordination")]
    [InlineData("broker/Sluice.Core/Shards/X.cs", "// No namespace at all.\nclass X;", "Sluice.Core.Shards")]
    [InlineData("tests/Support/Disks/X.cs", "namespace Support;", "Support.Disks")]
    [InlineData("broker/Sluice.Protocol.Generator/IsExternalInit.cs", "namespace Sluice.Protocol.Generator;", "System.Runtime.CompilerServices")]
    public void Another_namespace_is_found(string file, string text, string expected) => Assert.Contains($"should be {expected}", Fault(file, text));

    [Theory]
    [InlineData("broker/Sluice.Core/Shards/X.cs", "using System;\n\nnamespace Sluice.Core.Shards;")]
    [InlineData("operator/Sluice.Cli/Program.cs", "return 0;")]
    public void The_folder_s_own_is_left_alone(string file, string text) => Assert.Null(Fault(file, text));

    private static string? Fault(string file, string text)
    {
        (string folder, string root) = Projects.First(project => IsIn(file, project.Folder));
        string below = file[folder.Length..file.LastIndexOf('/')].Replace('/', '.');
        string expected = Decided.GetValueOrDefault(file, root + below);
        string declared = Declaration().Match(text) is { Success: true } match ? match.Groups[1].Value : "";
        // Top-level statements have no namespace.
        if (declared == expected || (declared.Length == 0 && file == folder + "/Program.cs")) return null;
        return $"{file} declares {(declared.Length == 0 ? "no namespace" : declared)}: it should be {expected}";
    }

    private static bool IsIn(string file, string folder) => file.StartsWith(folder + "/", StringComparison.Ordinal);

    private static string RootNamespace(string project) =>
        XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("RootNamespace").SingleOrDefault()?.Value ?? Path.GetFileNameWithoutExtension(project);

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
