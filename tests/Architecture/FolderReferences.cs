namespace Architecture;

/// <summary>
/// Within a project the arrows between folders go one way: a table of what each folder may see besides itself, and nothing else. A
/// folder inside of one of them belongs to it unless it has a line of its own. "" is the project's own folder.
/// </summary>
public sealed class FolderReferences
{
    private static readonly Dictionary<string, Dictionary<string, string[]>> Allowed = new()
    {
        ["broker/Sluice.Protocol"] = new()
        {
            [""] = [],
            ["Compression"] = [],
            ["Batches"] = ["Compression"],
            ["Wire"] = [""],
            ["Messages"] = ["", "Wire"],
            ["Tables"] = ["", "Wire", "Messages"],
            ["Frames"] = ["", "Wire", "Messages", "Tables"],
        },
        ["broker/Sluice.Network"] = new()
        {
            [""] = [],
            ["Native"] = [""],
            ["Buffers"] = [],
            ["Scheduling"] = [],
            ["BackPressure"] = ["", "Buffers"],
            ["Connections"] = ["", "Native", "Buffers", "Scheduling", "BackPressure"],
            ["Loops"] = ["", "Native", "Connections"],
            ["Listening"] = ["", "Native", "Connections", "Loops"],
        },
    };

    private static readonly Lazy<ILookup<string, SourceReference>> References = new(() =>
        SourceReference.Find(SourceFile.All, file => ProjectOf(file) is not null).ToLookup(reference => ProjectOf(reference.From)!));

    public static TheoryData<string> Projects() => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_folder_sees_only_what_lies_below_it(string project) => Assert.Empty(Forbidden(project, Allowed[project], References.Value[project]));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_folder_has_its_line_in_the_table(string project)
    {
        Assert.All(FoldersOf(project).Select(folder => folder.Split('/')[0]), folder =>
            Assert.True(Allowed[project].ContainsKey(folder), $"{project}/{folder} is new: add it to the table in {nameof(FolderReferences)}"));
        Assert.All(Allowed[project].Keys.Concat(Allowed[project].Values.SelectMany(seen => seen)), folder =>
            Assert.True(folder.Length == 0 || Directory.Exists(Path.Combine(Repository.Root, project, folder)), $"{project}/{folder} is in the table and does not exist"));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void The_allowed_references_have_no_cycle(string project) => Cycles.AssertNone(Allowed[project]);

    [Fact]
    public void The_check_finds_what_it_is_for()
    {
        SourceFile[] files =
        [
            new("p/House/Low/Floor.cs", "namespace House.Low; class Floor { public int Height; public static Floor Of() => new(); }"),
            new("p/House/High/Roof.cs", "using House.Low; namespace House.High; class Roof { static int H() => Floor.Of().Height; }"),
            new("p/House/High/Sky.cs", "namespace House.High; static class Sky { public static void Rain(this int drops) { } }"),
            new("p/House/Low/Named.cs", "namespace House.Low; class Named { High.Roof? _above; }"),
            new("p/House/Low/Used.cs", "using House.High; namespace House.Low; class Used { void M() => 3.Rain(); }"),
            new("p/House/Low/Inner/Nail.cs", "namespace House.Low.Inner; class Nail { Floor? _in; }"),
            new("p/House/Low/Hammer.cs", "namespace House.Low; class Hammer { Inner.Nail? _on; }"),
        ];
        SourceReference[] references = [.. SourceReference.Find(files, _ => true)];
        var table = new Dictionary<string, string[]> { ["Low"] = [], ["High"] = ["Low"] };
        Assert.Equal(["p/House/Low/Named.cs:1", "p/House/Low/Used.cs:1", "p/House/Low/Used.cs:1"],
            Forbidden("p/House", table, references).Select(line => line.Split(' ')[0]));
        table["Low/Inner"] = [];
        Assert.Contains(Forbidden("p/House", table, references), line => line.StartsWith("p/House/Low/Inner/Nail.cs:1 uses Floor of Low", StringComparison.Ordinal));
        Assert.Contains(Forbidden("p/House", table, references), line => line.StartsWith("p/House/Low/Hammer.cs:1 uses Nail of Low/Inner", StringComparison.Ordinal));
    }

    private static string[] Forbidden(string project, Dictionary<string, string[]> allowed, IEnumerable<SourceReference> references)
    {
        List<string> found = [];
        foreach (SourceReference reference in references)
        {
            if (TargetOf(reference, project, allowed) is not { } target) continue;
            string folder = Line(reference.From.FolderIn(project), allowed);
            if (target == folder || allowed[folder].Contains(target)) continue;
            found.Add($"{reference.From.Path}:{reference.Line} uses {reference.Name} of {Shown(target)}: {Shown(folder)} may see {string.Join(", ", allowed[folder].Select(Shown).DefaultIfEmpty("nothing"))}");
        }
        return [.. found];
    }

    /// <summary>The line of the table that a reference leads to; null when it leaves the project.</summary>
    private static string? TargetOf(SourceReference reference, string project, Dictionary<string, string[]> allowed)
    {
        if (reference.To is { } path)
        {
            var file = new SourceFile(path, "");
            return file.IsIn(project) ? Line(file.FolderIn(project), allowed) : null;
        }
        string root = NamespaceOf(project, "");
        if (reference.Name == root) return Line("", allowed);
        return reference.Name.StartsWith(root + ".", StringComparison.Ordinal) ? Line(reference.Name[(root.Length + 1)..].Replace('.', '/'), allowed) : null;
    }

    /// <summary>The line of the table that a folder belongs to: its own or the nearest above.</summary>
    private static string Line(string folder, Dictionary<string, string[]> allowed)
    {
        while (folder.Length > 0 && !allowed.ContainsKey(folder)) folder = folder.Contains('/') ? folder[..folder.LastIndexOf('/')] : "";
        Assert.True(allowed.ContainsKey(folder), "files lie in the project's own folder, which has no line in the table");
        return folder;
    }

    private static string Shown(string folder) => folder.Length == 0 ? "the project's own folder" : folder;

    private static string? ProjectOf(SourceFile file) => Allowed.Keys.FirstOrDefault(file.IsIn);

    private static IEnumerable<string> FoldersOf(string project) => SourceFile.All.Where(file => file.IsIn(project)).Select(file => file.FolderIn(project)).Distinct();

    private static string NamespaceOf(string project, string folder) => $"{project.Split('/')[^1]}.{folder.Replace('/', '.')}".TrimEnd('.');
}
