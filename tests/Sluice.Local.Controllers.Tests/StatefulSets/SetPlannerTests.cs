using k8s.Models;
using Sluice.Local.Controllers.StatefulSets;

namespace Sluice.Local.Controllers.Tests.StatefulSets;

public class SetPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    // replicas, pods as ordinal + state (R ready, W waiting, T terminating, F failed, lower case: old revision), expected
    [InlineData(3, "", "+0")]
    [InlineData(3, "0W", "")]
    [InlineData(3, "0R", "+1")]
    [InlineData(3, "0R 1R", "+2")]
    [InlineData(3, "0R 2R", "+1")]
    [InlineData(3, "0R 1T 2R", "")]
    [InlineData(3, "0R 1F 2R", "-1")]
    [InlineData(3, "0R 1R 2R", "")]
    [InlineData(1, "0R 1R 2R", "-2")]
    [InlineData(1, "0R 1R 2T", "")]
    [InlineData(1, "0R 1W 2R", "-2")]
    [InlineData(1, "0R 1R 2W", "-2")]
    [InlineData(1, "0W 1R 2R", "")]
    [InlineData(1, "0R 1W 2W", "")]
    [InlineData(0, "0R", "-0")]
    [InlineData(3, "0r 1r 2r", "-2")]
    [InlineData(3, "0r 1r 2W", "")]
    [InlineData(3, "0r 1r 2R", "-1")]
    [InlineData(3, "0r 1w 2R", "")]
    [InlineData(3, "0r 1r", "+2")]
    public void An_ordered_set_takes_one_step_at_a_time(int replicas, string pods, string expected) =>
        Assert.Equal(expected, Plan(Set(replicas), pods));

    [Theory]
    [InlineData(3, "", "+0 +1 +2")]
    [InlineData(3, "1W", "+0 +2")]
    [InlineData(1, "0W 1W 2R", "-2 -1")]
    [InlineData(1, "0R 1R 2T", "-1")]
    [InlineData(3, "0r 1r 2r", "-2")]
    public void A_parallel_set_makes_and_deletes_all_at_once_but_rolls_out_one_by_one(int replicas, string pods, string expected) =>
        Assert.Equal(expected, Plan(Set(replicas, set => set.Spec!.PodManagementPolicy = "Parallel"), pods));

    [Fact]
    public void A_partition_keeps_lower_ordinals_at_the_old_revision()
    {
        var set = Set(3, s => s.Spec!.UpdateStrategy = new() { Type = "RollingUpdate", RollingUpdate = new() { Partition = 2 } });
        Assert.Equal("-2", Plan(set, "0r 1r 2r"));
        Assert.Equal("", Plan(set, "0r 1r 2R"));
        Assert.Equal("+1old", Plan(set, "0r 2R"));
        Assert.Equal("+2", Plan(set, "0r 1r"));
    }

    [Fact]
    public void On_delete_never_deletes_for_an_update()
    {
        var set = Set(2, s => s.Spec!.UpdateStrategy = new() { Type = "OnDelete" });
        Assert.Equal("", Plan(set, "0r 1r"));
        Assert.Equal("+1", Plan(set, "0r"));
    }

    [Fact]
    public void Min_ready_seconds_delay_the_next_step()
    {
        var set = Set(2, s => s.Spec!.MinReadySeconds = 30);
        var plan = SetPlanner.Plan(State(set, "0R"), Now);
        Assert.Empty(plan.Actions);
        Assert.Equal(Now.AddSeconds(20), plan.LookAgainAt);
    }

    [Fact]
    public void Ordinals_may_start_above_zero() =>
        Assert.Equal("+6", Plan(Set(2, s => s.Spec!.Ordinals = new() { Start = 5 }), "5R"));

    [Fact]
    public void The_new_revision_becomes_the_current_one_when_all_pods_are_of_it()
    {
        var set = Set(2);
        Assert.Equal("old", SetStatus.Build(State(set, "0r 1R"), null, Now).CurrentRevision);
        var done = SetStatus.Build(State(set, "0R 1R"), null, Now);
        Assert.Equal(("new", 2, 2, 2), (done.CurrentRevision, done.CurrentReplicas, done.UpdatedReplicas, done.ReadyReplicas));
    }

    private static string Plan(V1StatefulSet set, string pods) => string.Join(' ', SetPlanner.Plan(State(set, pods), Now).Actions.Select(a => a switch
    {
        SetAction.CreatePod create => $"+{create.Ordinal}{(create.FromCurrentRevision ? "old" : "")}",
        SetAction.DeletePod delete => $"-{SetPods.OrdinalOf(set, delete.Pod)}",
        _ => "?",
    }));

    private static SetState State(V1StatefulSet set, string pods) =>
        new(set, [.. pods.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Pod)], "old", "new");

    private static V1StatefulSet Set(int replicas, Action<V1StatefulSet>? change = null)
    {
        var set = new V1StatefulSet
        {
            Metadata = new() { Name = "s", NamespaceProperty = "default", Uid = "u" },
            Spec = new()
            {
                Replicas = replicas,
                UpdateStrategy = new() { Type = "RollingUpdate", RollingUpdate = new() { Partition = 0 } },
            },
        };
        change?.Invoke(set);
        return set;
    }

    private static V1Pod Pod(string text)
    {
        var state = text[^1];
        var pod = new V1Pod
        {
            Metadata = new() { Name = "s-" + text[..^1], Labels = new Dictionary<string, string> { [SetPods.RevisionLabel] = char.IsLower(state) ? "old" : "new" } },
            Status = new() { Phase = "Running", Conditions = [] },
        };
        switch (char.ToUpperInvariant(state))
        {
            case 'R':
                pod.Status.Conditions.Add(new() { Type = "Ready", Status = "True", LastTransitionTime = Now.AddSeconds(-10).UtcDateTime });
                break;
            case 'T':
                pod.Metadata.DeletionTimestamp = Now.UtcDateTime;
                break;
            case 'F':
                pod.Status.Phase = "Failed";
                break;
        }
        return pod;
    }
}
