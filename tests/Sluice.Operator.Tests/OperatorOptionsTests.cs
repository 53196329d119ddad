namespace Sluice.Operator.Tests;

public sealed class OperatorOptionsTests
{
    [Fact]
    public void Options_are_read_with_a_space_or_an_equals_sign()
    {
        OperatorOptions options = OperatorOptions.Parse(["--namespace", "n", "--cluster-domain=", "--http=127.0.0.1:1", "--leader-election", "false", "--drift-interval", "5s"]);
        Assert.Equal(("n", "", 1, false, 5.0), (options.Namespace, options.ClusterDomain, options.Http!.Port, options.LeaderElection, options.DriftInterval.TotalSeconds));
        Assert.Null(OperatorOptions.Parse(["--http", "none"]).Http);
    }

    [Theory]
    [InlineData("--nope=1", "--nope")]
    [InlineData("namespace", "namespace")]
    [InlineData("--namespace", "needs a value")]
    [InlineData("--http=here", "'here'")]
    [InlineData("--topic-workers=0", "'0'")]
    [InlineData("--leader-election=maybe", "'maybe'")]
    public void What_is_wrong_is_named(string argument, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => OperatorOptions.Parse([argument])).Message);
}
