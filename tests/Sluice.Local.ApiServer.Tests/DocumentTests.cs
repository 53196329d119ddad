using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.CustomResources;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Ownership;
using Sluice.Local.ApiServer.Selectors;
using Sluice.Local.ApiServer.Tables;

namespace Sluice.Local.ApiServer.Tests;

public sealed class DocumentTests
{
    [Theory]
    [InlineData("1000m", "1")]
    [InlineData("0.5Gi", "512Mi")]
    [InlineData("1024Mi", "1Gi")]
    [InlineData("1500m", "1500m")]
    [InlineData("1.5", "1500m")]
    [InlineData("100000", "100k")]
    [InlineData("1e3", "1e3")]
    [InlineData("12E", "12E")]
    [InlineData("0", "0")]
    [InlineData("0.1Ki", "102400m")]
    [InlineData("-5", "-5")]
    [InlineData("1000Ki", "1000Ki")]
    [InlineData("1n", "1n")]
    [InlineData("0.1n", "1n")]
    public void A_quantity_has_one_form(string text, string canonical)
    {
        Assert.True(Quantity.TryParse(text, out var quantity));
        Assert.Equal(canonical, quantity.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1x")]
    [InlineData("1 Gi")]
    [InlineData("Gi")]
    [InlineData("1.2.3")]
    [InlineData("1e999")]
    public void What_is_no_quantity_is_refused(string text) => Assert.False(Quantity.TryParse(text, out _));

    [Fact]
    public void Fields_that_occur_twice_are_told_with_their_path()
    {
        var parsed = DocumentReader.Read("""{"a":{"b":[{"c":1,"c":2}]},"a2":1,"a2":2}"""u8);
        Assert.Equal(["a.b[0].c", "a2"], parsed.Duplicates);
        Assert.Equal(2, parsed.Root!["a2"]!.GetValue<long>());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{'a':1}")]
    public void Text_that_is_no_document_is_refused(string text) => Assert.ThrowsAny<JsonException>(() => DocumentReader.Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_document_that_nests_too_deep_is_refused() =>
        Assert.ThrowsAny<JsonException>(() => DocumentReader.Read(Encoding.UTF8.GetBytes(new string('[', 1000) + new string(']', 1000))));

    [Fact]
    public void Yaml_means_what_json_does()
    {
        var parsed = YamlDocument.Read("a: 1\nb: [x, 'true', true, null, 1.5, \"1\"]\nc:\n  d: |\n    text\n");
        Assert.True(Json.Same(DocumentReader.ReadObject("""{"a":1,"b":["x","true",true,null,1.5,"1"],"c":{"d":"text\n"}}"""), parsed.Root));
    }

    [Fact]
    public void Yaml_that_could_grow_without_bound_is_refused() =>
        Assert.ThrowsAny<JsonException>(() => YamlDocument.Read("a: &x [1,1]\nb: [*x,*x]\n"));

    [Fact]
    public void Numbers_are_equal_by_value_and_not_by_how_they_were_made()
    {
        Assert.True(Json.Same(JsonValue.Create(1), JsonValue.Create(1L)));
        Assert.True(Json.Same(JsonValue.Create(1.0), JsonValue.Create(1L)));
        Assert.False(Json.Same(JsonValue.Create("1"), JsonValue.Create(1L)));
    }

    [Theory]
    [InlineData("a=b", true)]
    [InlineData("a==b,c", true)]
    [InlineData("a!=b", false)]
    [InlineData("a in (x, b)", true)]
    [InlineData("a notin (x, b)", false)]
    [InlineData("!z", true)]
    [InlineData("!a", false)]
    [InlineData("n>4", true)]
    [InlineData("n<5", false)]
    [InlineData("z notin (x)", true)]
    [InlineData("", true)]
    public void Labels_are_selected_as_kubectl_says(string selector, bool matches)
    {
        var labels = new JsonObject { ["a"] = "b", ["c"] = "", ["n"] = "5" };
        Assert.Equal(matches, LabelSelector.Parse(selector).MatchesLabels(labels));
    }

    [Theory]
    [InlineData("^[a-z]+$", "abc", true)]
    [InlineData("^[a-z]+$", "abc\n", false)]
    [InlineData("^\\d+$", "٣", false)]
    [InlineData("^[[:alpha:]_]+$", "aZ_", true)]
    [InlineData("(?P<x>a)b", "ab", true)]
    [InlineData("^\\pL$", "é", true)]
    [InlineData("^\\Qa.b\\E$", "a.b", true)]
    [InlineData("^\\Qa.b\\E$", "axb", false)]
    [InlineData("[]a]", "]", true)]
    [InlineData("^[\\w.-]+$", "a.b-c", true)]
    [InlineData("(?i)^abc$", "ABC", true)]
    public void Regular_expressions_match_as_in_go(string pattern, string text, bool matches) => Assert.Equal(matches, GoRegex.Compile(pattern).IsMatch(text));

    [Theory]
    [InlineData("(")]
    [InlineData("a(?=b)")]
    [InlineData("(a)\\1")]
    [InlineData("[[:nope:]]")]
    public void Regular_expressions_that_go_refuses_are_refused(string pattern) => Assert.Throws<FormatException>(() => GoRegex.Compile(pattern));

    [Theory]
    [InlineData(".a.b", "1")]
    [InlineData(".l[1].n", "y")]
    [InlineData(".l[-1].n", "y")]
    [InlineData(".l[*].n", "x,y")]
    [InlineData(".l[?(@.n==\"y\")].v", "2")]
    [InlineData(".l[?(@.v==1)].n", "x")]
    [InlineData(".m['a.b']", "3")]
    [InlineData(".m.a\\.b", "")]
    [InlineData(".none.at.all", "")]
    public void Json_paths_find_what_columns_show(string path, string expected)
    {
        var item = DocumentReader.ReadObject("""{"a":{"b":1},"l":[{"n":"x","v":1},{"n":"y","v":2}],"m":{"a.b":3}}""");
        Assert.Equal(expected, string.Join(',', JsonPathReader.Parse(path).Find(item).Select(node => BuiltInCells.Text(node))));
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(150, "2m30s")]
    [InlineData(3600, "60m")]
    [InlineData(4 * 3600, "4h")]
    [InlineData(4 * 3600 + 300, "4h5m")]
    [InlineData(30 * 3600, "30h")]
    [InlineData(3 * 86400, "3d")]
    [InlineData(100 * 86400, "100d")]
    public void Ages_are_told_as_kubectl_tells_them(int seconds, string expected) => Assert.Equal(expected, TableCells.HumanDuration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Field_sets_are_written_as_they_were_read()
    {
        var fields = DocumentReader.ReadObject("""{"f:data":{".":{},"f:a":{}},"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{}}},"f:set":{"v:\"x\"":{}}}""");
        Assert.True(Json.Same(fields, FieldSet.FromJson(fields).ToJson()));
    }

    [Fact]
    public void Field_sets_add_and_subtract_by_path()
    {
        var left = FieldSet.FromJson(DocumentReader.ReadObject("""{"f:a":{".":{},"f:b":{},"f:c":{}},"f:d":{}}"""));
        var right = FieldSet.FromJson(DocumentReader.ReadObject("""{"f:a":{"f:b":{}},"f:e":{}}"""));
        Assert.Equal([".a", ".a.c", ".d"], left.Difference(right).Paths());
        Assert.Equal([".a.b"], left.Intersection(right).Paths());
        Assert.Equal([".a", ".a.b", ".a.c", ".d", ".e"], left.Union(right).Paths());
        Assert.Equal([".d"], left.WithoutTrees(FieldSet.Of("f:a")).Paths());
    }
}
