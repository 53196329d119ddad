using System.Xml.Linq;

namespace Architecture;

/// <summary>Project references go one way: a table of what each project may see, and nothing else.</summary>
public sealed class ProjectReferences
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Sluice.Protocol.Generator"] = [],
        ["Sluice.Protocol"] = ["Sluice.Protocol.Generator"],
        ["Sluice.Storage"] = ["Sluice.Protocol"],
        ["Sluice.Core"] = ["Sluice.Protocol", "Sluice.Storage"],
        ["Sluice.Network"] = ["Sluice.Protocol"],
        ["Sluice.Broker"] = ["Sluice.Protocol", "Sluice.Storage", "Sluice.Core", "Sluice.Network"],
        ["Sluice.Client"] = ["Sluice.Protocol"],
        ["Sluice.Kubernetes"] = [],
        ["Sluice.Operator"] = ["Sluice.Protocol", "Sluice.Client", "Sluice.Kubernetes"],
        ["Sluice.Local.ApiServer"] = [],
        ["Sluice.Local.Controllers"] = ["Sluice.Kubernetes"],
        ["Sluice.Local.NodeAgent"] = ["Sluice.Kubernetes"],
        ["Sluice.Local"] = ["Sluice.Kubernetes", "Sluice.Local.ApiServer", "Sluice.Local.Controllers", "Sluice.Local.NodeAgent"],
        ["Sluice.Cli"] = ["Sluice.Protocol", "Sluice.Storage", "Sluice.Client", "Sluice.Kubernetes", "Sluice.Operator", "Sluice.Local"],
    };

    public static TheoryData<string> Sources() => new(Repository.Projects().Select(path => Path.GetFileNameWithoutExtension(path)));

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_project_references_only_what_lies_below_it(string project)
    {
        Assert.True(Allowed.TryGetValue(project, out string[]? allowed), $"{project} is new: add it to the table in {nameof(ProjectReferences)} and say in ARCHITECTURE.md what it may see");
        string path = Repository.Projects().Single(p => Path.GetFileNameWithoutExtension(p) == project);
        var referenced = XDocument.Load(path).Descendants("ProjectReference")
            .Select(e => Path.GetFileNameWithoutExtension(((string)e.Attribute("Include")!).Replace('\\', '/')));
        Assert.All(referenced, r => Assert.True(allowed.Contains(r), $"{project} must not reference {r}"));
    }

    [Fact]
    public void The_allowed_references_have_no_cycle() => Cycles.AssertNone(Allowed);
}
