using Sluice.Broker.Startup;

namespace Sluice.Broker.Tests;

public sealed class PropertiesFileTests
{
    [Theory]
    [InlineData("a=b", "a", "b")]
    [InlineData("  a = b c ", "a", "b c ")]
    [InlineData("a:b", "a", "b")]
    [InlineData("a b", "a", "b")]
    [InlineData("a", "a", "")]
    [InlineData("a==b", "a", "=b")]
    [InlineData("a\\=b=c", "a=b", "c")]
    [InlineData("a=b\\\n   c", "a", "bc")]
    [InlineData("a=b\\\\", "a", "b\\")]
    [InlineData("a=\\t\\u0041\\n", "a", "\tA\n")]
    [InlineData("# c\n! d\n\na=b", "a", "b")]
    [InlineData("a=1\r\na=2\r\n", "a", "2")]
    [InlineData("a=b\\", "a", "b")]
    public void A_line_is_read_as_Java_reads_it(string text, string key, string value)
    {
        KeyValuePair<string, string> only = Assert.Single(PropertiesFile.Parse(text));
        Assert.Equal((key, value), (only.Key, only.Value));
    }

    [Fact]
    public void A_malformed_escape_is_refused_with_its_line()
    {
        var refusal = Assert.Throws<FormatException>(() => PropertiesFile.Parse("a=b\nc=\\u12\n"));
        Assert.Contains("line 2", refusal.Message);
    }
}
