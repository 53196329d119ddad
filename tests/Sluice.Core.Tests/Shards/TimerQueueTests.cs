using FsCheck;
using FsCheck.Fluent;
using Sluice.Core.Shards;
using Sluice.Core.Tests.Fixtures;

namespace Sluice.Core.Tests.Shards;

public sealed class TimerQueueTests
{
    [Fact]
    public void Timers_fire_by_deadline_then_by_order_of_scheduling()
    {
        using var node = new MiniNode();
        var fired = new List<string>();
        var queue = new TimerQueue();
        queue.Schedule(new Noted("c", fired), 30);
        queue.Schedule(new Noted("a", fired), 10);
        queue.Schedule(new Noted("b", fired), 10);
        queue.FireDue(node.Shards[0], 29);
        Assert.Equal(["a", "b"], fired);
        Assert.Equal(30, queue.NextDeadlineMs);
    }

    [Fact]
    public void A_timer_that_schedules_itself_again_waits_for_the_next_call()
    {
        using var node = new MiniNode();
        var fired = new List<string>();
        var queue = new TimerQueue();
        queue.Schedule(new Noted("again", fired) { Queue = queue }, 5);
        queue.FireDue(node.Shards[0], 10);
        Assert.Equal(["again"], fired);
        Assert.Equal(1, queue.Count);
    }

    [Fact]
    public void Whatever_is_scheduled_moved_and_cancelled_the_queue_agrees_with_a_sorted_list()
    {
        using var node = new MiniNode();
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Timer, byte Deadline)[]>(), steps =>
        {
            var fired = new List<string>();
            var queue = new TimerQueue();
            Noted[] timers = [.. Enumerable.Range(0, 16).Select(i => new Noted(i.ToString(), fired))];
            var expected = new Dictionary<int, (int Deadline, int Order)>();
            for (int i = 0; i < steps.Length; i++)
            {
                int timer = steps[i].Timer % 16;
                if (steps[i].Deadline % 5 == 0)
                {
                    queue.Cancel(timers[timer]);
                    expected.Remove(timer);
                }
                else
                {
                    queue.Schedule(timers[timer], steps[i].Deadline);
                    expected[timer] = (steps[i].Deadline, i);
                }
            }
            queue.FireDue(node.Shards[0], 1000);
            return fired.SequenceEqual(expected.OrderBy(e => e.Value.Deadline).ThenBy(e => e.Value.Order).Select(e => e.Key.ToString()));
        }).QuickCheckThrowOnFailure();
    }

    private sealed class Noted(string name, List<string> fired) : ShardTimer
    {
        public TimerQueue? Queue { get; init; }

        public override void Fire(Shard shard)
        {
            fired.Add(name);
            Queue?.Schedule(this, 0);
        }
    }
}
