using k8s.Models;
using Sluice.Cli.Local;
using Sluice.Cli.Output;
using Sluice.Operator.Resources;

namespace Sluice.Cli.Tests;

public sealed class StateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void One_process_at_a_time_holds_a_folder_and_a_freed_lock_is_taken_again()
    {
        var state = new StateDirectory(_folder);
        Assert.Null(InstanceLock.Holder(state));
        using (InstanceLock.TryTake(state))
        {
            Assert.Null(InstanceLock.TryTake(state));
            Assert.Equal(Environment.ProcessId, InstanceLock.Holder(state));
        }
        Assert.Null(InstanceLock.Holder(state));
        using var again = InstanceLock.TryTake(state);
        Assert.NotNull(again);
    }

    [Fact]
    public void Progress_is_read_as_it_is_written_and_a_torn_line_waits()
    {
        var path = Path.Combine(_folder, "progress");
        Assert.Empty(ProgressFile.Read(path, 0).Lines);
        var file = new ProgressFile(path);
        file.Waiting("a \"quoted\"\nline");
        file.Done("b");
        var (lines, position) = ProgressFile.Read(path, 0);
        Assert.Equal([new(ProgressKind.Waiting, "a \"quoted\"\nline"), new(ProgressKind.Done, "b")], lines);
        File.AppendAllText(path, "{\"kind\":\"Done\",");
        (lines, position) = ProgressFile.Read(path, position);
        Assert.Empty(lines);
        File.AppendAllText(path, "\"text\":\"c\"}\n");
        file.Failed("d");
        Assert.Equal([new(ProgressKind.Done, "c"), new(ProgressKind.Failed, "d")], ProgressFile.Read(path, position).Lines);
    }

    [Fact]
    public void Columns_are_as_wide_as_they_must_be_and_nothing_is_nothing()
    {
        var output = new StringWriter { NewLine = "\n" };
        TextTable.Write(output, ["A", "LONG"], []);
        Assert.Equal("", output.ToString());
        TextTable.Write(output, ["A", "LONG"], [["wide", "x"], ["y", ""]]);
        Assert.Equal("A     LONG\nwide  x\ny\n\n", output.ToString());
    }

    [Fact]
    public void Ready_counts_only_for_the_present_generation()
    {
        var cluster = new Cluster
        {
            Metadata = new V1ObjectMeta { Name = "c", NamespaceProperty = "default", Generation = 2 },
            Status = new ClusterStatus { ObservedGeneration = 1, Conditions = [new() { Type = "Ready", Status = "True" }] },
        };
        Assert.False(Readiness.Of(cluster).IsReady);
        cluster.Status.ObservedGeneration = 2;
        Assert.Equal(new Readiness("cluster c", true, ""), Readiness.Of(cluster));
        cluster.Status.Conditions[0].Status = "False";
        cluster.Status.Conditions[0].Message = "no broker";
        Assert.Equal(new Readiness("cluster c", false, "no broker"), Readiness.Of(cluster));
    }

    [Fact]
    public void The_log_has_one_line_an_entry_and_begins_anew_when_long()
    {
        var path = Path.Combine(_folder, "log");
        using (var log = new FileLog(path))
            log.CreateLogger("Test").Log(Microsoft.Extensions.Logging.LogLevel.Warning, default, "text", new IOException("bad"), (s, _) => s);
        var lines = File.ReadAllLines(path);
        Assert.EndsWith(" WRN Test: text", lines[0], StringComparison.Ordinal);
        Assert.Equal("    System.IO.IOException: bad", lines[1]);
        using (var stream = new FileStream(path, FileMode.Open)) stream.SetLength(17 << 20);
        new FileLog(path).Dispose();
        Assert.Equal(0, new FileInfo(path).Length);
        Assert.True(File.Exists(path + ".1"));
    }
}
