using k8s.Models;
using Sluice.Local.NodeAgent.Containers;
using Sluice.Local.NodeAgent.Status;

namespace Sluice.Local.NodeAgent.Tests;

public class PodStatusBuilderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    // init containers | containers: W waiting for its first start, R running, Y running and ready, B waiting to run again,
    // 0 ended well for good, 1 ended badly for good
    [InlineData("", "W", "Pending", "False")]
    [InlineData("", "R", "Running", "False")]
    [InlineData("", "Y", "Running", "True")]
    [InlineData("", "YR", "Running", "False")]
    [InlineData("", "YW", "Pending", "False")]
    [InlineData("", "B", "Running", "False")]
    [InlineData("", "0", "Succeeded", "False")]
    [InlineData("", "01", "Failed", "False")]
    [InlineData("", "0Y", "Running", "False")]
    [InlineData("R", "W", "Pending", "False")]
    [InlineData("B", "W", "Pending", "False")]
    [InlineData("0W", "W", "Pending", "False")]
    [InlineData("1", "W", "Failed", "False")]
    [InlineData("00", "Y", "Running", "True")]
    public void The_phase_follows_from_the_containers(string init, string containers, string phase, string ready)
    {
        var status = Build(new V1PodStatus(), init, containers);
        Assert.Equal(phase, status.Phase);
        Assert.Equal(ready, Condition(status, "Ready").Status);
        Assert.Equal(ready, Condition(status, "ContainersReady").Status);
    }

    [Fact]
    public void Conditions_name_the_containers_that_are_not_ready()
    {
        var status = Build(new V1PodStatus(), "R", "WW");
        Assert.Equal(("False", "ContainersNotInitialized", "containers with incomplete status: [i0]"), Parts(Condition(status, "Initialized")));
        Assert.Equal(("False", "ContainersNotReady", "containers with unready status: [c0 c1]"), Parts(Condition(status, "Ready")));
    }

    [Fact]
    public void A_condition_keeps_its_time_until_it_changes_and_foreign_conditions_stay()
    {
        var old = new V1PodStatus
        {
            StartTime = Now.AddHours(-1).UtcDateTime,
            Conditions =
            [
                new() { Type = "Ready", Status = "True", LastTransitionTime = Now.AddHours(-1).UtcDateTime },
                new() { Type = "Initialized", Status = "True", LastTransitionTime = Now.AddHours(-2).UtcDateTime },
                new() { Type = "example.com/gate", Status = "False" },
            ],
        };
        var status = Build(old, "", "R");
        Assert.Equal<DateTime?>(Now.UtcDateTime, Condition(status, "Ready").LastTransitionTime);
        Assert.Equal<DateTime?>(Now.AddHours(-2).UtcDateTime, Condition(status, "Initialized").LastTransitionTime);
        Assert.Equal("False", Condition(status, "example.com/gate").Status);
        Assert.Equal<DateTime?>(Now.AddHours(-1).UtcDateTime, status.StartTime);
    }

    [Fact]
    public void A_readiness_gate_holds_back_the_pod_but_not_its_containers()
    {
        var pod = Pod(new V1PodStatus());
        pod.Spec!.ReadinessGates = [new() { ConditionType = "example.com/gate" }];
        var status = PodStatusBuilder.Build(pod, "127.77.0.1", [], [View("c0", 'Y')], Now);
        Assert.Equal("True", Condition(status, "ContainersReady").Status);
        Assert.Equal(("False", "ReadinessGatesNotReady"), (Condition(status, "Ready").Status, Condition(status, "Ready").Reason));
        pod.Status!.Conditions = [new() { Type = "example.com/gate", Status = "True" }];
        Assert.Equal("True", Condition(PodStatusBuilder.Build(pod, "127.77.0.1", [], [View("c0", 'Y')], Now), "Ready").Status);
    }

    [Fact]
    public void A_waiting_container_shows_its_last_end_and_a_running_one_the_end_before()
    {
        var status = Build(new V1PodStatus(), "", "BY");
        var waiting = status.ContainerStatuses![0];
        Assert.Equal(("CrashLoopBackOff", 1), (waiting.State!.Waiting!.Reason, waiting.LastState!.Terminated!.ExitCode));
        var running = status.ContainerStatuses[1];
        Assert.Equal(((DateTime?)Now.AddMinutes(-1).UtcDateTime, 1), (running.State!.Running!.StartedAt, running.LastState!.Terminated!.ExitCode));
        Assert.Equal("local://u/c1/2", running.LastState.Terminated.ContainerID);
    }

    private static (string, string?, string?) Parts(V1PodCondition condition) => (condition.Status, condition.Reason, condition.Message);

    private static V1PodCondition Condition(V1PodStatus status, string type) => status.Conditions!.Single(c => c.Type == type);

    private static V1PodStatus Build(V1PodStatus old, string init, string containers) => PodStatusBuilder.Build(
        Pod(old), "127.77.0.1", [.. init.Select((c, i) => View($"i{i}", c))], [.. containers.Select((c, i) => View($"c{i}", c))], Now);

    private static V1Pod Pod(V1PodStatus status) => new()
    {
        Metadata = new() { Name = "p", NamespaceProperty = "default", Uid = "u" },
        Spec = new() { Containers = [new() { Name = "c0" }] },
        Status = status,
    };

    private static ContainerView View(string name, char state)
    {
        var bad = new ContainerEnd(2, 1, "Error", null, Now.AddMinutes(-5), Now.AddMinutes(-2));
        var view = new ContainerView { Spec = new() { Name = name }, Id = $"local://u/{name}/3" };
        return state switch
        {
            'W' => view with { WaitingReason = "ContainerCreating", Id = null },
            'R' => view with { RunningSince = Now.AddMinutes(-1), Started = true },
            'Y' => view with { RunningSince = Now.AddMinutes(-1), Started = true, Ready = true, PreviousEnd = bad },
            'B' => view with { End = bad, WaitingReason = "CrashLoopBackOff" },
            '0' => view with { End = bad with { ExitCode = 0, Reason = "Completed" } },
            _ => view with { End = bad },
        };
    }
}
