using FsCheck;
using FsCheck.Fluent;
using Sluice.Kubernetes.Queues;
using Support.Kubernetes;

namespace Sluice.Kubernetes.Tests.Runtime;

public sealed class WorkQueueTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_key_added_often_is_taken_once()
    {
        using var queue = new WorkQueue<string>("t", _time);
        for (int i = 0; i < 5; i++) queue.Add("a");
        Assert.Equal(1, queue.Depth);
        Assert.Equal("a", await queue.TakeAsync(default));
        Assert.Equal(0, queue.Depth);
    }

    [Fact]
    public async Task A_key_in_work_waits_until_it_is_done()
    {
        using var queue = new WorkQueue<string>("t", _time);
        queue.Add("a");
        await queue.TakeAsync(default);
        queue.Add("a");
        ValueTask<string> next = queue.TakeAsync(default);
        Assert.False(next.IsCompleted);
        queue.Done("a");
        Assert.Equal("a", await next);
    }

    [Fact]
    public async Task What_is_news_comes_before_what_is_only_listed()
    {
        using var queue = new WorkQueue<string>("t", _time);
        queue.Add("old1", WorkQueue<string>.LowPriority);
        queue.Add("old2", WorkQueue<string>.LowPriority);
        queue.Add("new");
        queue.Add("old2");
        var order = new List<string>();
        for (int i = 0; i < 3; i++) order.Add(await queue.TakeAsync(default));
        Assert.Equal(["new", "old2", "old1"], order);
        Assert.Equal(0, queue.Depth);
    }

    [Fact]
    public async Task A_delayed_key_comes_when_it_is_due_and_the_earliest_time_counts()
    {
        using var queue = new WorkQueue<string>("t", _time);
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.AddAfter("a", TimeSpan.FromSeconds(5));
        queue.AddAfter("a", TimeSpan.FromSeconds(20));
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(0, queue.Depth);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("a", await queue.TakeAsync(default));
        queue.Done("a");
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(0, queue.Depth);
    }

    [Fact]
    public void Waits_double_from_5_ms_to_1000_s_and_start_anew_when_forgotten()
    {
        using var queue = new WorkQueue<string>("t", _time);
        Assert.Equal(TimeSpan.FromMilliseconds(5), queue.AddRateLimited("a"));
        Assert.Equal(TimeSpan.FromMilliseconds(10), queue.AddRateLimited("a"));
        for (int i = 0; i < 100; i++) queue.AddRateLimited("a");
        Assert.Equal(TimeSpan.FromSeconds(1000), queue.AddRateLimited("a"));
        queue.Forget("a");
        Assert.Equal(TimeSpan.FromMilliseconds(5), queue.AddRateLimited("a"));
    }

    [Fact]
    public async Task A_closed_queue_ends_every_wait()
    {
        var queue = new WorkQueue<string>("t", _time);
        ValueTask<string> waiting = queue.TakeAsync(default);
        queue.Dispose();
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await waiting);
        queue.Add("late");
        queue.AddAfter("late", TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Whatever_happens_no_key_is_lost_or_held_twice() => Prop.ForAll(
        Gen.Choose(0, 999).ListOf().ToArbitrary(), steps =>
        {
            var time = new ManualTime();
            using var queue = new WorkQueue<int>("t", time);
            var wanted = new HashSet<int>();
            var held = new HashSet<int>();
            foreach (int step in steps)
            {
                int key = step % 7;
                switch (step / 7 % 5)
                {
                    case 0: queue.Add(key); wanted.Add(key); break;
                    case 1: queue.Add(key, WorkQueue<int>.LowPriority); wanted.Add(key); break;
                    case 2: queue.AddAfter(key, TimeSpan.FromSeconds(key)); wanted.Add(key); break;
                    case 3: time.Advance(TimeSpan.FromSeconds(1)); break;
                    default:
                        if (queue.Depth > 0)
                        {
                            int taken = queue.TakeAsync(default).AsTask().Result;
                            if (!held.Add(taken)) return false;
                            wanted.Remove(taken);
                        }
                        else if (held.Count > 0)
                        {
                            int done = held.First();
                            held.Remove(done);
                            queue.Done(done);
                        }
                        break;
                }
            }
            foreach (int key in held) queue.Done(key);
            time.Advance(TimeSpan.FromSeconds(10));
            var left = new HashSet<int>();
            while (queue.Depth > 0)
            {
                int taken = queue.TakeAsync(default).AsTask().Result;
                left.Add(taken);
                queue.Done(taken);
            }
            return wanted.IsSubsetOf(left);
        }).QuickCheckThrowOnFailure();
}
