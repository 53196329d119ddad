using Sluice.Broker.Startup;
using Sluice.Core.Configuration;

namespace Sluice.Broker.Tests;

public sealed class MemoryLimitTests : IDisposable
{
    private const long Megabyte = 1024 * 1024;

    private readonly string _root = Directory.CreateTempSubdirectory("sluice-memory-").FullName;

    public MemoryLimitTests() => Write("proc/meminfo", "MemTotal:       2097152 kB\nMemFree:        100 kB\n");

    [Fact]
    public void Without_a_control_group_it_is_the_machines() => Assert.Equal(2048 * Megabyte, MemoryLimit.Read(_root));

    [Fact]
    public void In_version_2_the_least_of_a_group_and_those_above_counts()
    {
        Write("proc/self/cgroup", "0::/pods/one/broker\n");
        Write("sys/fs/cgroup/pods/one/broker/memory.max", "max\n");
        Write("sys/fs/cgroup/pods/one/memory.max", $"{512 * Megabyte}\n");
        Write("sys/fs/cgroup/pods/memory.max", $"{1024 * Megabyte}\n");
        Assert.Equal(512 * Megabyte, MemoryLimit.Read(_root));
    }

    [Fact]
    public void In_version_1_the_memory_controller_counts_and_its_largest_number_is_no_limit()
    {
        Write("proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/docker/abc\n");
        Write("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", $"{300 * Megabyte}\n");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Assert.Equal(300 * Megabyte, MemoryLimit.Read(_root));
    }

    [Fact]
    public void Inside_a_container_the_mount_is_the_group_itself()
    {
        Write("proc/self/cgroup", "0::/kubepods/pod7/of-the-host\n");
        Write("sys/fs/cgroup/memory.max", $"{256 * Megabyte}\n");
        Assert.Equal(256 * Megabyte, MemoryLimit.Read(_root));
    }

    [Fact]
    public void The_budget_is_half_of_what_there_is_and_its_parts_leave_room()
    {
        MemoryBudget budget = Budget(4096 * Megabyte, shards: 2, out List<string> errors);
        Assert.Empty(errors);
        Assert.Equal(2048 * Megabyte, budget.TotalBytes);
        Assert.Equal(512 * Megabyte, budget.RequestBytes);
        Assert.Equal(100 * 1024 * 1024, budget.RequestBytesMax);
        Assert.Null(budget.Note);
        Assert.InRange(budget.RequestBytes + budget.AnswerBytes, 0, budget.TotalBytes / 2);
    }

    [Fact]
    public void With_little_memory_large_requests_are_refused_and_that_is_said()
    {
        MemoryBudget budget = Budget(512 * Megabyte, shards: 2, out _);
        Assert.Equal(32 * Megabyte, budget.RequestBytesMax);
        Assert.Contains("sluice.memory.max.bytes", budget.Note);
    }

    [Theory]
    [InlineData("1000", "less than a broker needs")]
    [InlineData("9000000000", "more than the")]
    public void A_limit_that_cannot_be_kept_is_refused(string bytes, string message)
    {
        Budget(4096 * Megabyte, shards: 2, out List<string> errors, ("sluice.memory.max.bytes", bytes));
        Assert.Contains(message, Assert.Single(errors));
    }

    [Fact]
    public void The_queue_of_requests_may_be_given()
    {
        MemoryBudget budget = Budget(4096 * Megabyte, shards: 2, out _, ("queued.max.request.bytes", "1000000"));
        Assert.Equal(1_000_000, budget.RequestBytes);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static MemoryBudget Budget(long system, int shards, out List<string> errors, params (string Name, string Value)[] properties)
    {
        var given = new Dictionary<string, string> { ["node.id"] = "1", ["log.dirs"] = "/tmp/unused" };
        foreach ((string name, string value) in properties) given[name] = value;
        errors = [];
        return MemoryBudget.From(BrokerConfigs.Parse(given), shards, system, errors);
    }

    private void Write(string path, string content)
    {
        string whole = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
        File.WriteAllText(whole, content);
    }
}
