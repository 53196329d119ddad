using System.Net;
using Sluice.Local.NodeAgent.Containers;
using Sluice.Local.NodeAgent.Volumes;

namespace Sluice.Local.NodeAgent.Tests;

public sealed class PodRuleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/data", "/v/d")]
    [InlineData("/data/x", "/v/d/x")]
    [InlineData("log.dirs=/data/a,/data/b", "log.dirs=/v/d/a,/v/d/b")]
    [InlineData("/data/nested/x", "/v/n/x")]
    [InlineData("/database", "/database")]
    [InlineData("/srv/data", "/srv/data")]
    [InlineData("file:/data;", "file:/v/d;")]
    [InlineData("http://host/data", "http://host/data")]
    [InlineData("a/data", "a/data")]
    [InlineData("", "")]
    public void Mount_paths_become_the_folders_of_their_volumes(string text, string expected)
    {
        var table = new MountTable([("/data/", "/v/d"), ("/data/nested", "/v/n"), ("/", "/never")]);
        Assert.Equal(expected, table.Rewrite(text));
    }

    [Theory]
    [InlineData("$(A)-$(B)", "1-2")]
    [InlineData("$(C)", "$(C)")]
    [InlineData("$$(A)", "$(A)")]
    [InlineData("$$$(A)", "$1")]
    [InlineData("$A $", "$A $")]
    [InlineData("$(A", "$(A")]
    public void Variables_expand_as_in_kubernetes(string text, string expected)
    {
        var variables = new Dictionary<string, string> { ["A"] = "1", ["B"] = "2" };
        Assert.Equal(expected, VariableExpansion.Expand(text, variables));
    }

    [Fact]
    public void Addresses_are_stable_and_of_one_subnet()
    {
        var path = Path.Combine(_folder, "addresses.json");
        var first = new AddressAllocator(path);
        var a = first.For("default", "a");
        var b = first.For("default", "b");
        Assert.NotEqual(a, b);
        Assert.Equal(a, first.For("default", "a"));
        Assert.True(a.GetAddressBytes() is [127, 77, _, 1], a.ToString());
        var second = new AddressAllocator(path);
        Assert.Equal(b, second.For("default", "b"));
        Assert.True(second.For("other", "a").GetAddressBytes() is [127, 77, _, 3]);
        Assert.True(IPAddress.IsLoopback(b));
    }

    [Theory]
    [InlineData("sluice/broker", true)]
    [InlineData("sluice/broker:1.2", true)]
    [InlineData("registry.example:5000/sluice/broker:1.2", true)]
    [InlineData("ghcr.io/x/sluice/broker@sha256:0123", true)]
    [InlineData("sluice/brokers", false)]
    [InlineData("busybox", false)]
    public void Images_are_found_by_name_with_any_registry_and_tag(string image, bool found)
    {
        var table = new ImageTable().Add("sluice/broker", new(["/x"], []));
        Assert.Equal(found, table.Find(image) is not null);
    }

    [Fact]
    public void A_container_that_dies_while_it_starts_waits_longer_each_time()
    {
        var backoff = new RestartBackoff();
        var delays = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            backoff.Ended(TimeSpan.FromSeconds(1), wasReady: false);
            delays.Add(backoff.Delay.TotalSeconds);
        }
        Assert.Equal([0, 10, 20, 40, 80, 160, 300, 300], delays);
    }

    [Fact]
    public void A_container_that_was_ready_starts_again_at_once()
    {
        var backoff = new RestartBackoff();
        for (var i = 0; i < 5; i++) backoff.Ended(TimeSpan.FromSeconds(1), wasReady: false);
        backoff.Ended(TimeSpan.FromSeconds(2), wasReady: true);
        Assert.Equal(TimeSpan.Zero, backoff.Delay);
        backoff.Ended(TimeSpan.FromSeconds(1), wasReady: false);
        Assert.Equal(TimeSpan.FromSeconds(10), backoff.Delay);
    }
}
