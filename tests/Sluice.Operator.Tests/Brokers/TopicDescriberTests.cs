using Sluice.Operator.Brokers;
using Sluice.Operator.Tests.Reconcilers;
using Support.Kubernetes;

namespace Sluice.Operator.Tests.Brokers;

public sealed class TopicDescriberTests : IAsyncDisposable
{
    private readonly FakeBrokers _brokers = new();
    private readonly ManualTime _time = new();

    public ValueTask DisposeAsync() => _brokers.DisposeAsync();

    [Fact]
    public async Task What_is_asked_within_a_moment_goes_out_together()
    {
        _brokers.Put("a", 1);
        var describer = new TopicDescriber(_brokers, _time);
        Task<BrokerTopic?>[] asked = [.. Enumerable.Range(0, 50).Select(i => describer.DescribeAsync(i == 0 ? "a" : $"b{i}", default))];
        Assert.DoesNotContain(asked, task => task.IsCompleted);
        await _time.AdvanceUntilAsync(() => Array.TrueForAll(asked, task => task.IsCompleted), TimeSpan.FromMilliseconds(10));
        Assert.Equal(1, _brokers.DescribeCalls);
        Assert.NotNull(await asked[0]);
        Assert.Null(await asked[1]);
    }

    [Fact]
    public async Task A_full_batch_does_not_wait()
    {
        var describer = new TopicDescriber(_brokers, _time);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => describer.DescribeAsync($"t{i}", default)));
        Assert.Equal(2, _brokers.DescribeCalls);
    }

    [Fact]
    public async Task Everyone_who_asked_learns_that_brokers_are_down_and_later_ones_ask_anew()
    {
        var describer = new TopicDescriber(_brokers, TimeProvider.System);
        _brokers.IsDown = true;
        Task<BrokerTopic?> one = describer.DescribeAsync("a", default), two = describer.DescribeAsync("b", default);
        await Assert.ThrowsAsync<BrokersUnavailableException>(() => one);
        await Assert.ThrowsAsync<BrokersUnavailableException>(() => two);
        _brokers.IsDown = false;
        Assert.Null(await describer.DescribeAsync("a", default));
    }

    [Fact]
    public async Task Many_threads_asking_for_long_all_get_answers()
    {
        _brokers.Put("a", 1);
        var describer = new TopicDescriber(_brokers, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 50; i++) Assert.NotNull(await describer.DescribeAsync("a", default));
        })));
    }
}
