using Sluice.Local.NodeAgent.Processes;

namespace Sluice.Local.Tests.Pods;

public class TakeoverTests
{
    private const string Manifest = """
        apiVersion: v1
        kind: Pod
        metadata: {name: a}
        spec:
          terminationGracePeriodSeconds: 5
          containers:
          - {name: main, image: test/shell, command: [sh, -c, 'echo begin; exec sleep 1000']}
        """;

    [Fact]
    public async Task Processes_live_through_a_restart_of_the_control_plane()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Manifest);
        var pod = await test.PodAsync("a", TestCluster.IsReady);
        var pid = TestCluster.PidOf(pod, test.Folder);
        await test.Cluster.DisposeAsync();
        Assert.True(ProcessIdentity.Of(pid)!.IsAlive);

        await test.StartAgainAsync();
        var after = (await test.PodAsync("a"))!;
        Assert.True(TestCluster.IsReady(after));
        Assert.Equal(pid, TestCluster.PidOf(after, test.Folder));
        Assert.Equal(0, after.Status!.ContainerStatuses![0].RestartCount);
        Assert.Equal(pod.Status!.PodIP, after.Status.PodIP);

        // It is watched again: its end is seen.
        Libc.Kill(pid, Libc.SigKill);
        after = await test.PodAsync("a", p => TestCluster.IsReady(p) && p.Status!.ContainerStatuses![0].RestartCount == 1);
        Assert.Equal(137, after.Status!.ContainerStatuses![0].LastState!.Terminated!.ExitCode);
    }

    [Fact]
    public async Task A_process_that_ended_meanwhile_is_started_again()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Manifest);
        var pid = TestCluster.PidOf(await test.PodAsync("a", TestCluster.IsReady), test.Folder);
        await test.Cluster.DisposeAsync();
        Libc.Kill(pid, Libc.SigKill);
        await test.EventuallyAsync(() => Task.FromResult(ProcessIdentity.Of(pid) is not { IsAlive: true }));
        await test.StartAgainAsync();
        var pod = await test.PodAsync("a", p => TestCluster.IsReady(p) && p.Status!.ContainerStatuses![0].RestartCount == 1);
        Assert.Equal("ContainerStatusUnknown", pod.Status!.ContainerStatuses![0].LastState!.Terminated!.Reason);
    }

    [Fact]
    public async Task Stopped_pods_stay_in_the_api_and_run_again_after_the_next_start()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Manifest);
        var pod = await test.PodAsync("a", TestCluster.IsReady);
        var pid = TestCluster.PidOf(pod, test.Folder);
        await test.Cluster.StopAsync(stopPods: true);
        Assert.Null(ProcessIdentity.Of(pid));
        await test.StartAgainAsync();
        var after = await test.PodAsync("a", TestCluster.IsReady);
        Assert.Equal(pod.Metadata.Uid, after.Metadata.Uid);
        Assert.Equal(1, after.Status!.ContainerStatuses![0].RestartCount);
        Assert.Equal(143, after.Status.ContainerStatuses[0].LastState!.Terminated!.ExitCode);
    }

    [Fact]
    public async Task Processes_of_pods_that_were_deleted_meanwhile_are_ended()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Manifest);
        var pod = await test.PodAsync("a", TestCluster.IsReady);
        var pid = TestCluster.PidOf(pod, test.Folder);
        await test.Cluster.DisposeAsync();
        Directory.Delete(Path.Combine(test.Folder, "api"), recursive: true);
        await test.StartAgainAsync();
        await test.EventuallyAsync(() => Task.FromResult(ProcessIdentity.Of(pid) is not { IsAlive: true }));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(test.Folder, "pods")));
    }

    [Fact]
    public async Task A_process_that_was_started_but_not_recorded_before_a_kill_is_ended()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Manifest);
        var pod = await test.PodAsync("a", TestCluster.IsReady);
        var pid = TestCluster.PidOf(pod, test.Folder);
        await test.Cluster.DisposeAsync();
        var environment = new Dictionary<string, string> { ["LOCAL_POD"] = $"{test.Folder}:{pod.Metadata.Uid}/main/1" };
        using var monitor = new ProcessMonitor();
        var stray = LocalProcess.Start(monitor, new("/bin/sleep", ["1000"], environment, test.Folder, "/dev/null"));
        await test.StartAgainAsync();
        Assert.Equal(Libc.SigKill, (await stray.Exited.WaitAsync(TimeSpan.FromSeconds(60))).Signal);
        Assert.Equal(pid, TestCluster.PidOf((await test.PodAsync("a"))!, test.Folder));
        Assert.True(ProcessIdentity.Of(pid)!.IsAlive);
    }
}
