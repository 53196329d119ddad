using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Cel;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Tests;

public sealed class CelTests
{
    private static readonly Schema Schema = SchemaProvider.Instance.Of(
        DocumentReader.ReadObject("""
            {"type":"object","properties":{
              "n":{"type":"integer"},"d":{"type":"number"},"s":{"type":"string"},"b":{"type":"boolean"},
              "list":{"type":"array","items":{"type":"string"}},
              "nums":{"type":"array","items":{"type":"integer"}},
              "set":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
              "map":{"type":"object","additionalProperties":{"type":"integer"}},
              "objs":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"items":{"type":"object","properties":{"name":{"type":"string"},"v":{"type":"integer"}}}},
              "ios":{"x-kubernetes-int-or-string":true},
              "when":{"type":"string","format":"date-time"},
              "dash-ed":{"type":"string"}, "if":{"type":"string"},
              "missing":{"type":"string"}
            }}
            """),
        structural: true);

    private static readonly JsonObject Item = DocumentReader.ReadObject("""
        {"n":5,"d":2.5,"s":"Hello","b":true,"list":["a","b","c"],"nums":[3,1,2],"set":["x","y"],"map":{"k":1,"l.m":2},
         "objs":[{"name":"a","v":1},{"name":"b"}],"ios":"5%","when":"2024-01-02T03:04:05Z","dash-ed":"x","if":"y"}
        """);

    [Theory]
    [InlineData("self.n == 5 && self.d > 2.0 && self.n >= 4")]
    [InlineData("self.n + 1 == 6 && self.n - 6 == -1 && self.n * 2 == 10 && self.n / 2 == 2 && self.n % 2 == 1")]
    [InlineData("-self.n == -5 && !(self.n == 4)")]
    [InlineData("self.d * 2.0 == 5.0 && self.n < self.d * 4.0")]
    [InlineData("has(self.n) && !has(self.missing)")]
    [InlineData("!has(self.missing) || self.missing == 'x'")]
    [InlineData("self.s.startsWith('He') && self.s.endsWith('lo') && self.s.contains('ell') && self.s.matches('^H[a-z]+$')")]
    [InlineData("self.s.size() == 5 && size(self.s) == 5 && size(self.list) == 3 && self.map.size() == 2")]
    [InlineData("self.s.lowerAscii() == 'hello' && self.s.upperAscii() == 'HELLO' && 'x'.replace('x','y') == 'y'")]
    [InlineData("self.s.substring(1,3) == 'el' && self.s.charAt(0) == 'H' && self.s.indexOf('l') == 2 && self.s.lastIndexOf('l') == 3")]
    [InlineData("'a,b'.split(',') == ['a','b'] && ['a','b'].join('-') == 'a-b' && '  x '.trim() == 'x'")]
    [InlineData("'b' in self.list && !('z' in self.list) && 'k' in self.map && self.n in [1,5]")]
    [InlineData("self.list[1] == 'b' && self.map['k'] == 1 && self.map['l.m'] == 2")]
    [InlineData("self.list.all(x, x.size() == 1) && self.list.exists(x, x == 'c') && self.list.exists_one(x, x == 'a')")]
    [InlineData("self.list.map(x, x + x) == ['aa','bb','cc'] && self.list.filter(x, x != 'b') == ['a','c'] && self.nums.map(x, x > 1, x * 2) == [6,4]")]
    [InlineData("self.map.all(k, self.map[k] < 3)")]
    [InlineData("self.objs.all(o, !has(o.v) || o.v == 1) && self.objs.exists(o, o.name == 'b')")]
    [InlineData("self.set == ['y','x'] && self.set + ['x','z'] == ['x','y','z']")]
    [InlineData("self.n > 3 ? self.b : false")]
    [InlineData("type(self.ios) == string ? self.ios == '5%' : self.ios == 5")]
    [InlineData("string(self.n) == '5' && int('7') == 7 && double(self.n) == 5.0 && bool('true') && string(self.b) == 'true'")]
    [InlineData("quantity('1Gi').isGreaterThan(quantity('1000Mi')) && quantity('1').compareTo(quantity('1000m')) == 0 && isQuantity('5k') && !isQuantity('x')")]
    [InlineData("quantity('2Gi').add(quantity('1Gi')).isLessThan(quantity('4Gi')) && quantity('5').asInteger() == 5")]
    [InlineData("self.when < timestamp('2025-01-01T00:00:00Z') && self.when + duration('1h') == timestamp('2024-01-02T04:04:05Z')")]
    [InlineData("duration('90s') == duration('1m30s') && duration('1h') > duration('59m')")]
    [InlineData("self.dash__dash__ed == 'x' && self.__if__ == 'y'")]
    [InlineData("self.nums.sum() == 6 && self.nums.max() == 3 && self.nums.min() == 1 && !self.nums.isSorted()")]
    [InlineData("self.nums.exists(x, x == 3 || 1/0 == 1)")]
    [InlineData("true || self.map['nope'] == 1")]
    [InlineData("self.map['nope'] == 1 || true")]
    [InlineData("!(false && self.map['nope'] == 1)")]
    [InlineData("self.?missing.orValue('d') == 'd' && self.?s.hasValue() && self.map[?'nope'].orValue(9) == 9 && optional.of(1).value() == 1")]
    [InlineData("sets.contains(self.list, ['a']) && sets.equivalent([1,2],[2,1]) && sets.intersects([1],[1,2])")]
    [InlineData("'abc 123'.find('[0-9]+') == '123' && 'a1b2'.findAll('[0-9]') == ['1','2']")]
    [InlineData("{'a': 1}['a'] == 1 && {'a': 1, 'b': 2}.size() == 2")]
    [InlineData("\"tab\\t\" == 'tab\\t' && r'\\d' == '\\\\d' && '\\u00e9' == 'é' && '''x'y''' == \"x'y\"")]
    [InlineData("0x10 == 16 && 1e3 == 1000.0 && 5u + 1u == 6u && 1 < 2u")]
    public void A_rule_that_holds_is_true(string rule) => Assert.Equal(true, Run(rule));

    [Theory]
    [InlineData("self.n + ", "1:10: Syntax error")]
    [InlineData("self.nope", "1:5: undefined field 'nope'")]
    [InlineData("self.s.nope", "1:7: type 'string' does not support field selection")]
    [InlineData("other == 1", "1:1: undeclared reference to 'other'")]
    [InlineData("self.n == 'a'", "1:8: found no matching overload for '_==_' applied to '(int, string)'")]
    [InlineData("self.s + 1 == 'x'", "1:8: found no matching overload for '_+_' applied to '(string, int)'")]
    [InlineData("self.s.nope()", "1:12: undeclared reference to 'nope'")]
    [InlineData("self.s.startsWith(1)", "1:18: found no matching overload for 'startsWith' applied to 'string.(int)'")]
    [InlineData("self.n.all(x, true)", "cannot be range of a comprehension")]
    [InlineData("self.list.all(1, true)", "argument must be a simple name")]
    [InlineData("has(self)", "invalid argument to has() macro")]
    [InlineData("self.when.getFullYear() > 2000", "the embedded control plane knows no such function")]
    [InlineData("self.list.all(i, x, true)", "over two variables is not supported by the embedded control plane")]
    [InlineData("'abc", "unterminated string")]
    public void A_rule_that_cannot_be_is_refused_with_its_place(string rule, string message)
    {
        var error = Assert.Throws<FormatException>(() => CelProgram.Compile(rule, Variables()));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("self.map['x'] == 1", "no such key: x")]
    [InlineData("self.missing == 'x'", "no such key: missing")]
    [InlineData("self.list[7] == 'x'", "index out of bounds: 7")]
    [InlineData("1 / (self.n - 5) == 1", "division by zero")]
    [InlineData("9223372036854775807 + self.n > 0", "integer overflow")]
    [InlineData("quantity('x').asInteger() == 1", "quantities must match")]
    [InlineData("self.ios + 1 == 2", "no such overload")]
    public void A_rule_that_the_data_does_not_allow_says_why(string rule, string message) =>
        Assert.Contains(message, Assert.Throws<CelEvaluationException>(() => Run(rule)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_rule_that_costs_too_much_is_cancelled()
    {
        var program = CelProgram.Compile("self.nums.all(a, self.nums.all(b, self.nums.all(c, a + b + c > 0)))", Variables());
        var variables = new Dictionary<string, object?> { ["self"] = CelValues.From(Schema, Item) };
        Assert.Contains("cost limit", Assert.Throws<CelEvaluationException>(() => program.Run(variables, new CelBudget(50))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_without_end_is_refused() =>
        Assert.Throws<FormatException>(() => CelProgram.Compile(new string('(', 5000) + "true" + new string(')', 5000), Variables()));

    private static Dictionary<string, CelType> Variables() => new() { ["self"] = CelType.Of(Schema), ["oldSelf"] = CelType.Of(Schema) };

    private static object? Run(string rule) =>
        CelProgram.Compile(rule, Variables()).Run(new Dictionary<string, object?> { ["self"] = CelValues.From(Schema, Item) }, new CelBudget(100_000));
}
