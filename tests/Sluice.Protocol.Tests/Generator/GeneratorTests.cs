using Microsoft.CodeAnalysis;

namespace Sluice.Protocol.Tests.Generator;

/// <summary>A schema that cannot be meant is an error of the build, at its line; the rest is generated, the same every time.</summary>
public sealed class GeneratorTests
{
    private const string Good = "data TestData versions=0-2 flexible=2+\n\nName: string versions=0+\n";

    [Theory]
    [InlineData("", 0, "no message")]
    [InlineData("# only a remark\n", 0, "no message")]
    [InlineData("datum TestData versions=0 flexible=none", 0, "begins with its kind")]
    [InlineData("data testData versions=0 flexible=none", 0, "no name in PascalCase")]
    [InlineData("data TestData flexible=none", 0, "versions= is missing")]
    [InlineData("data TestData versions=0", 0, "flexible= is missing")]
    [InlineData("data TestData versions=0+ flexible=none", 0, "a first and a last version")]
    [InlineData("data TestData versions=none flexible=none", 0, "a first and a last version")]
    [InlineData("data TestData versions=3-1 flexible=none", 0, "not '3-1'")]
    [InlineData("data TestData versions=0 flexible=0-1", 0, "never ends again")]
    [InlineData("data TestData versions=0 flexible=none key=1", 0, "'key=1' is no attribute")]
    [InlineData("data TestData versions=0 versions=0 flexible=none", 0, "said twice")]
    [InlineData("metadata-record TestData versions=0 flexible=none", 0, "key= is missing")]
    [InlineData("request TestData versions=0 flexible=none api=x", 0, "api= takes a number")]
    [InlineData("request TestData versions=0 flexible=none api=1 listeners=zookeeper", 0, "takes broker and controller")]
    [InlineData("data TestData versions=0 flexible=none\n\nName string", 2, "a field is 'Name: type …'")]
    [InlineData("data TestData versions=0 flexible=none\nname: string versions=0", 1, "a field is 'Name: type …'")]
    [InlineData("data TestData versions=0 flexible=none\nName: text versions=0", 1, "'text' is no type")]
    [InlineData("data TestData versions=0 flexible=none\nName: string", 1, "says no versions=")]
    [InlineData("data TestData versions=0 flexible=none\nName: string versions=0 loud", 1, "'loud' is no attribute")]
    [InlineData("data TestData versions=0 flexible=none\nName: string versions=0\nName: string versions=0", 2, "is there twice")]
    [InlineData("data TestData versions=0 flexible=none\n Name: string versions=0", 1, "indent with two spaces")]
    [InlineData("data TestData versions=0 flexible=none\nName: string versions=0\n  Child: int8 versions=0", 2, "no struct")]
    [InlineData("data TestData versions=0 flexible=none\nThings: []Thing versions=0", 1, "struct Thing has no fields")]
    [InlineData("data TestData versions=0 flexible=none\nCount: int32 versions=0 nullable=0", 1, "a number cannot be null")]
    [InlineData("data TestData versions=0 flexible=none\nName: string versions=0 default=null", 1, "default=null needs nullable=")]
    [InlineData("data TestData versions=0 flexible=none\nCount: int8 versions=0 default=128", 1, "'128' is no default")]
    [InlineData("data TestData versions=0 flexible=none\nCount: bool versions=0 default=1", 1, "'1' is no default")]
    [InlineData("data TestData versions=0 flexible=none\nCounts: []int32 versions=0 default=1", 1, "'1' is no default")]
    [InlineData("data TestData versions=0 flexible=none\nCount: int32 versions=0 tagged=0+ tag=0", 1, "only flexible versions have tags")]
    [InlineData("data TestData versions=0 flexible=0+\nCount: int32 versions=0+ tagged=0+", 1, "go together")]
    [InlineData("data TestData versions=0 flexible=0+\nCount: int32 versions=0+ tag=0", 1, "go together")]
    [InlineData("data TestData versions=0 flexible=0+\nCount: int32 versions=0+ tagged=0 tag=0", 1, "never ends again")]
    [InlineData("data TestData versions=0-1 flexible=0+\nCount: int32 versions=1+ tagged=0+ tag=0", 1, "goes beyond versions=")]
    [InlineData("data TestData versions=0 flexible=0+\nA: int32 versions=0+ tagged=0+ tag=0\nB: int32 versions=0+ tagged=0+ tag=0", 2, "tag 0 is taken")]
    [InlineData("data TestData versions=0-1 flexible=0+\nA: Thing versions=0+ tagged=1+ tag=0\n  B: int8 versions=0+", 1, "in all of its versions or in none")]
    [InlineData("data TestData versions=0 flexible=none\nFlags: []bool versions=0", 1, "arrays of this type")]
    [InlineData("data TestData versions=0 flexible=none\nCount: int32 versions=0 flexible=none", 1, "changes nothing")]
    [InlineData("data TestData versions=0 flexible=none\nThing: Thing versions=0\n  A: int8 versions=0", 1, "rename the struct")]
    [InlineData("data TestData versions=0 flexible=none\nOne: Thing versions=0\n  Thing: int8 versions=0", 1, "a field of its own name")]
    [InlineData("data TestData versions=0 flexible=none\nOne: Thing versions=0\n  Next: []Thing versions=0", 1, "holds itself")]
    [InlineData("data TestData versions=0 flexible=none\nA: int8 versions=0\nstruct Spare\n  B: int8 versions=0", 2, "uses struct Spare")]
    [InlineData("data TestData versions=0 flexible=none\nA: T versions=0\nstruct T\n  B: int8 versions=0\nstruct T\n  C: int8 versions=0", 4, "is there twice")]
    [InlineData("data TestData versions=0 flexible=none\nstruct T versions=0", 1, "a shared struct is")]
    [InlineData("data OtherData versions=0 flexible=none\nA: int8 versions=0", 0, "must be named OtherData.message")]
    public void A_bad_schema_is_an_error_at_its_line(string schema, int line, string why)
    {
        Diagnostic diagnostic = Assert.Single(GeneratorHost.Diagnose(schema), d => d.GetMessage().Contains(why, StringComparison.Ordinal));
        Assert.Equal("SLP001", diagnostic.Id);
        Assert.Equal(DiagnosticSeverity.Error, diagnostic.Severity);
        FileLinePositionSpan at = diagnostic.Location.GetLineSpan();
        Assert.Equal(("/schemas/TestData.message", line), (at.Path, at.StartLinePosition.Line));
    }

    [Theory]
    [InlineData("request ARequest api=1 versions=0 flexible=none", null, "ARequest has no counterpart")]
    [InlineData("request ARequest api=1 versions=0 flexible=none", "response AResponse api=2 versions=0 flexible=none", "api=2")]
    [InlineData("request ARequest api=1 versions=0 flexible=none", "response AResponse api=1 versions=0-1 flexible=none", "versions=0-1")]
    [InlineData("request ARequest api=1 versions=0 flexible=none", "response AResponse api=1 versions=0 flexible=0+", "flexible=0+")]
    [InlineData("metadata-record ARequest key=1 versions=0 flexible=none", "metadata-record AResponse key=1 versions=0 flexible=none", "number 1 is taken")]
    public void Schemas_that_do_not_fit_together_are_errors(string one, string? other, string why)
    {
        var files = new List<(string Path, string Text)> { ("/s/ARequest.message", one) };
        if (other is not null) files.Add(("/s/AResponse.message", other));
        GeneratorRunResult result = GeneratorHost.Run([.. files]);
        Assert.Contains(result.Diagnostics, d => d.Id == "SLP002" && d.GetMessage().Contains(why, StringComparison.Ordinal));
        Assert.DoesNotContain(result.GeneratedSources, s => s.HintName == "GeneratedTables.g.cs");
    }

    [Fact]
    public void A_bad_file_does_not_keep_the_others_from_being_generated()
    {
        GeneratorRunResult result = GeneratorHost.Run(("/s/TestData.message", Good), ("/s/Bad.message", "nonsense"));
        Assert.Contains(result.GeneratedSources, s => s.HintName == "TestData.g.cs");
        Assert.Equal("/s/Bad.message", Assert.Single(result.Diagnostics).Location.GetLineSpan().Path);
    }

    [Fact]
    public void The_same_schema_makes_the_same_code()
    {
        string First() => GeneratorHost.Run(("/s/TestData.message", Good)).GeneratedSources.Single(s => s.HintName == "TestData.g.cs").SourceText.ToString();
        Assert.Equal(First(), First());
        Assert.StartsWith("// <auto-generated>", First(), StringComparison.Ordinal);
        Assert.DoesNotContain("/s/", First(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_of_one_schema_runs_only_its_own_step()
    {
        GeneratorDriver driver = GeneratorHost.NewDriver(("/s/TestData.message", Good), ("/s/SameData.message", Good.Replace("TestData", "SameData", StringComparison.Ordinal)));
        driver = driver.RunGenerators(GeneratorHost.Empty);
        driver = driver.ReplaceAdditionalTexts([
            new GeneratorHost.Schema("/s/TestData.message", Good.Replace("Name:", "Title:", StringComparison.Ordinal)),
            new GeneratorHost.Schema("/s/SameData.message", Good.Replace("TestData", "SameData", StringComparison.Ordinal)),
        ]);
        GeneratorRunResult result = driver.RunGenerators(GeneratorHost.Empty).GetRunResult().Results.Single();
        IncrementalStepRunReason[] reasons = [.. result.TrackedOutputSteps["SourceOutput"].SelectMany(s => s.Outputs).Select(o => o.Reason)];
        // One message was written again; the other and the tables, which no first line changed, were not.
        Assert.Single(reasons, IncrementalStepRunReason.Modified);
        Assert.All(reasons.Where(r => r != IncrementalStepRunReason.Modified), r => Assert.True(r is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, r.ToString()));
    }
}
